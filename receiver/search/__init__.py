"""Finding entries by what people remember of them: an index beside the journal, and the questions it answers.

=============  =========================================================================
``tokens``     what the index knows of an entry, as words of a full-text table
``schema``     the database: made, opened, thrown away
``store``      the one connection that writes it: entries in, with the cursor, in one transaction
``follower``   the thread that keeps it up with the journal
``names``      sites by the words of their names
``words``      the words of a question, as they belong together
``query``      what was asked, and what each word of it can mean
``engine``     the answer: ids, newest first, in bounded time
=============  =========================================================================

The journal knows nothing of all this. The index is derived from it: deleted, damaged or of an earlier release,
it is made anew.
"""

from receiver.search.engine import Search, SearchError
from receiver.search.query import Query

__all__ = ["Query", "Search", "SearchError"]
