"""Who may report, under which number and key: the accounts, in a database of their own.

=================  ====================================================================
``account``        one account, and the columns it has in files and on the API
``identity``       which account a row is, and the names of known and unknown ones
``columns``        what each column allows
``csvfile``        rows from and to CSV files
``merge``          rows laid over what is there
``zone_names``     what the zones of an account are called
``zone_accounts``  which account a row of zone names is about
``store``          the database
``index``          from (adapter, R, L, #) to the account, for every message
``book``           all of it together, as the station uses it
=================  ====================================================================
"""

from receiver.accounts.account import COLUMNS, MASK, Account
from receiver.accounts.book import AccountBook, Prepared
from receiver.accounts.columns import ImportErrors
from receiver.accounts.csvfile import read_csv, write_csv
from receiver.accounts.identity import Identity, key_for
from receiver.accounts.index import Accounts, may_bring
from receiver.accounts.merge import AccountsError, Change, NoAccountError, StoreError
from receiver.accounts.store import AccountStore
from receiver.accounts.zone_names import ZONE_COLUMNS, Zone, read_zones

__all__ = [
    "COLUMNS",
    "MASK",
    "ZONE_COLUMNS",
    "Account",
    "AccountBook",
    "AccountStore",
    "Accounts",
    "AccountsError",
    "Change",
    "Identity",
    "ImportErrors",
    "NoAccountError",
    "Prepared",
    "StoreError",
    "Zone",
    "key_for",
    "may_bring",
    "read_csv",
    "read_zones",
    "write_csv",
]
