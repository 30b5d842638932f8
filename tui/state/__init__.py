"""What the console knows, without a terminal and without a socket: pure, told what came and when.

=============  =================================================================
``model``      the records of the station's API, decoded
``thin``       entries as lines need them, so that very many can be held
``alarms``     the open alarms in the operator's order
``journal``    the newest entries, as many as 100,000, what is hidden counted
``wire``       the newest records of the wire
``names``      what accounts and zones are called
``health``     whether the station is there, how old what is shown is
``filters``    what is typed into a filter, understood
``search``     what a search asks and finds
``station``    all of these together: what pages read
=============  =================================================================
"""
