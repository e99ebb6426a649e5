"""Which options of an option file matter to a cluster's ports, addresses and encryption: no others leave the node."""
import re

from masking import is_secret

# MariaDB reads groups without regard to case.
SERVER_GROUP = re.compile(r"(?:mysqld|mariadbd?|server|client-server|galera)(?![a-zA-Z_]).*\Z", re.S | re.I)
SAFE_GROUP = re.compile(r"(?:mysqld|mariadbd?|safe)[-_](?:safe|mysqld)\Z", re.I)
SST_GROUP = re.compile(r"(?:sst|xtrabackup|mariabackup)\Z", re.I)
SERVER_OPTION = re.compile(
    r"(?:wsrep|pxc|ssl|tls|admin|report)_\w+|ssl|bind_address|port|extra_port|mysqlx_port|socket|datadir|log_error|user"
    r"|max_connect_errors|host_cache_size|(?:name_)?resolve|networking|require_secure_transport|performance_schema"
)
SST_OPTION = re.compile(
    r"encrypt|tca|tcert|tkey|tmode|tcap|ssl_\w+|transferfmt|streamfmt|sockopt|ncsockopt|sst_\w+|\w+_timeout|\w+_timeout_\w+"
)
PREFIX = re.compile(r"(?:(?:loose|skip|disable|enable|maximum)_)*(?:name_(?=resolve))?")


def normalised(name):
    return name.replace("-", "_").lower()


def is_wanted(group, name):
    """`name` is normalised."""
    if is_secret(name):
        return False
    bare = name[PREFIX.match(name).end():]
    if SERVER_GROUP.match(group):
        return SERVER_OPTION.fullmatch(bare) is not None
    if SAFE_GROUP.match(group):
        return bare == "log_error"
    return SST_GROUP.match(group) is not None and SST_OPTION.fullmatch(bare) is not None
