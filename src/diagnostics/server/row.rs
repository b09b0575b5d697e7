//! The rows of what can go wrong between the provider and a server.

use super::case::Case;
use crate::diagnostics::row::{
    Phase::{Configuration, Login, Name, StartUp, Statement, Tcp, Tls},
    Row, row,
};

impl Case {
    /// Its row of the table.
    pub(in crate::diagnostics) fn row(self) -> Row {
        match self {
            Self::NoManagedSecret => row(
                Configuration,
                "nothing says how the user logs in",
                "the cluster or instance has no managed master secret",
                "The master user logs in with IAM tokens only, or its password is kept elsewhere.",
                "Set `iam_auth = true` if the user logs in with tokens. Otherwise set `password` or `secret_arn`, or have RDS \
                 manage the master password.",
            ),
            Self::NoName => row(
                Name,
                "the name has no address",
                "",
                "The name is misspelled, is known to another network's DNS only, or its cluster is gone.",
                "Check `host` or the identifier. From outside of the VPC use a tunnel, and name its end in `connect_host`.",
            ),
            Self::Stopped => row(
                Tcp,
                "no connection",
                "AWS shows `stopped` or `stopping`",
                "The cluster or instance is stopped.",
                "Start it. A plan with `-refresh=false` needs no server.",
            ),
            Self::Deleting => row(
                Tcp,
                "no connection",
                "AWS shows `deleting`",
                "The cluster or instance is being deleted.",
                "Remove from the configuration what is in it, or name another one.",
            ),
            Self::Broken => row(
                Tcp,
                "no connection",
                "AWS shows `failed`, `storage-full`, `inaccessible-encryption-credentials` or alike",
                "The cluster or instance cannot serve before someone acts.",
                "See its events in the console of Amazon RDS, and what AWS says of that status.",
            ),
            Self::Busy => row(
                Tcp,
                "no connection",
                "AWS shows `rebooting`, `failing-over`, `starting`, `modifying` or alike, of it or of its writer",
                "RDS is at work on the cluster or instance, which takes no connections meanwhile.",
                "Try again when AWS shows `available`. With a longer time in `timeouts` an apply waits for it.",
            ),
            Self::Unreachable => row(
                Tcp,
                "refused, or no answer",
                "",
                "No way leads there from this machine, or nobody listens.",
                "Check the network (security groups, routes, public access, a tunnel in `connect_host` and `connect_port`) and \
                 the port.",
            ),
            Self::Tls => row(
                Tls,
                "`TLS: ..`",
                "",
                "The certificate is not accepted, or none is offered.",
                "Check `sslmode` and `sslrootcert`. `host` is the endpoint's own name, which the certificate carries; a tunnel's \
                 end belongs into `connect_host`.",
            ),
            Self::Closed => row(
                StartUp,
                "the connection is closed, or breaks off",
                "TCP connections are taken",
                "Something answers and goes away: a server that restarts or fails over, a tunnel whose far end is down, or what \
                 is no PostgreSQL.",
                "Try again, and check where a tunnel leads to, and the port.",
            ),
            Self::StartingUp => row(
                StartUp,
                "57P01, 57P02, 57P03, 08..",
                "",
                "The server starts, stops, resumes or fails over.",
                "Try again a moment later.",
            ),
            Self::NoTls => row(
                StartUp,
                "28000 `no pg_hba.conf entry ..` or `pg_hba.conf rejects ..`, `no encryption` or `SSL off`",
                "`sslmode` allows a connection without TLS",
                "The server lets nobody in without TLS: `rds.force_ssl` is on, or the user is in `rds_iam`.",
                "Set `sslmode` (PGSSLMODE) to `verify-full`, `verify-ca` or `require`.",
            ),
            Self::NoRule => row(
                StartUp,
                "28000 `no pg_hba.conf entry ..`",
                "the connection uses TLS",
                "The server has no rule that lets this user in from here: for a moment while it resumes or fails over, else for \
                 good.",
                "Try again a minute later, and check `username` and `database`.",
            ),
            Self::TooManyForRole => row(
                StartUp,
                "53300 `too many connections for role`",
                "",
                "The user's CONNECTION LIMIT is reached.",
                "Lower `max_connections`, raise the limit (ALTER ROLE .. CONNECTION LIMIT), or end other sessions of that user.",
            ),
            Self::TooManyForDatabase => row(
                StartUp,
                "53300 `too many connections for database`",
                "",
                "The database's CONNECTION LIMIT is reached.",
                "Name another `database`: roles are the same in each. Or raise the limit, or end sessions.",
            ),
            Self::TooMany => row(
                StartUp,
                "53300 otherwise",
                "",
                "The server's `max_connections` are in use.",
                "End sessions that nobody needs, or lower `max_connections` in the provider's `postgres` block, and try again.",
            ),
            Self::NoDatabase => row(
                Login,
                "3D000",
                "",
                "There is no such database. PGDATABASE counts before the name that AWS shows.",
                "Set `database` to one that is there, such as `postgres`: roles are the same in each.",
            ),
            Self::DatabaseClosed => row(
                Login,
                "55000",
                "",
                "The database takes no connections, as `template0` and `rdsadmin` do not, or its creation or drop was cut short.",
                "Set `database` to another one, such as `postgres`: roles are the same in each.",
            ),
            Self::NoConnect => row(
                Login,
                "42501 at the login",
                "",
                "The user lacks CONNECT on the database: from Aurora PostgreSQL 14.7 and 15.2 on `rds_superuser` needs it as well.",
                "GRANT CONNECT ON DATABASE to the user, or set `database` to one where it has it: roles are the same in each.",
            ),
            Self::NoLogin => row(
                Login,
                "28000 `.. is not permitted to log in`, `.. does not exist`",
                "",
                "The role is NOLOGIN, or is not there.",
                "Check `username`, letter by letter and case by case, or ALTER ROLE .. LOGIN.",
            ),
            Self::OwnProbation => row(
                Login,
                "28000 or 28P01",
                "a grant of this run is on probation",
                "A grant of this run is being proven to lock nobody out, and as long as that takes, half a minute at most, the \
                 server may demand a token of the provider's user.",
                "Nothing has to be set: apply again. See the error or the outcome of that grant.",
            ),
            Self::Forced => row(
                Login,
                "28000 `PAM authentication failed`",
                "a password or a secret",
                "The user is in `rds_iam`, directly or through another role: RDS demands an IAM token of it, and no password \
                 counts.",
                "Set `iam_auth = true` in place of the password, and allow rds-db:connect in the IAM policy; or have another \
                 administrator revoke `rds_iam` from it.",
            ),
            Self::TokenForAnotherHost => row(
                Login,
                "28000 `PAM authentication failed`",
                "a token; the host or port is not the endpoint's own",
                "The token was signed for another host or port than RDS knows the endpoint by.",
                "Set `host` and `port` to those that AWS shows, or name the cluster by `cluster_identifier`. A name of your own in \
                 DNS or a tunnel's end belongs into `connect_host` and `connect_port`.",
            ),
            Self::TokenForAnotherRegion => row(
                Login,
                "28000 `PAM authentication failed`",
                "a token; the Region is another than the cluster's",
                "The token was signed for another Region than the one that the cluster or instance is in.",
                "Set `region` to the cluster's, or `host` to the endpoint as RDS names it, whose Region counts.",
            ),
            Self::IamOff => row(
                Login,
                "28000 `PAM authentication failed`",
                "AWS shows that IAM database authentication is disabled",
                "IAM database authentication is off, and no token is accepted. A user in `rds_iam` cannot log in at all then.",
                "Enable it, and wait until that is done: it is a change of the cluster or instance, applied at once or in the next \
                 maintenance window. Users who are not in `rds_iam` log in with passwords.",
            ),
            Self::TokenExpired => row(
                Login,
                "28000 `PAM authentication failed`",
                "`password` is a token, and older than 15 minutes",
                "The token has expired: it is for logins of its first 15 minutes, and each new connection is a login.",
                "Set `iam_auth = true` in place of the token, and one is signed for each connection; or open a fresh one in each run.",
            ),
            Self::TokenForAnotherUser => row(
                Login,
                "28000 `PAM authentication failed`, or 28P01",
                "`password` is a token, for another user",
                "The token was signed for another user than the one who logs in.",
                "Set `username` to the user of the token, or give one of this user; or set `iam_auth = true` in place of it, and one \
                 is signed for each connection.",
            ),
            Self::TokenOfAnotherTime => row(
                Login,
                "28000 `PAM authentication failed`",
                "a token; this machine's clock is off by minutes",
                "The token was signed with the time of this machine's clock, at which RDS accepts none.",
                "Set the clock (NTP), and try again.",
            ),
            Self::TokenRefused => row(
                Login,
                "28000 `PAM authentication failed`",
                "a token; nothing is seen to differ",
                "IAM does not let these credentials log in as that user: a policy lacks or denies rds-db:connect, the access key is \
                 another account's, not active or expired, its secret key is wrong, or more than 200 logins a second are tried.",
                "Allow rds-db:connect on the ARN of the database user, whose resource id is the cluster's (`cluster-..`), the \
                 instance's (`db-..`) or the proxy's (`prx-..`); check which credentials sign. RDS writes the reason into the log \
                 `iam-db-auth-error`.",
            ),
            Self::NoTokenWanted => row(
                Login,
                "28P01",
                "a token (`iam_auth`)",
                "The server asked for a password and not for a token: the user is not in `rds_iam`, or is not there, which the \
                 server does not tell.",
                "Check `username`, letter by letter and case by case, or log in with a password (`password`, `secret_arn`). A user \
                 becomes one that logs in with tokens by GRANT rds_iam, which ends all its password log-ins: do not grant it to the \
                 master user.",
            ),
            Self::WrongPassword => row(
                Login,
                "28P01",
                "`password`",
                "The password is not that of the user, has expired (VALID UNTIL), or the user is not there, which the server does \
                 not tell.",
                "Check `username` and `password`.",
            ),
            Self::WrongVariable => row(
                Login,
                "28P01",
                "PGPASSWORD, since the `postgres` block names no `password`, `iam_auth` or `secret_arn`",
                "The password in the environment is not that of the user: it may be there for somebody else, such as a backend of \
                 the state.",
                "Set `password`, `secret_arn` or `iam_auth = true`, which count before it; or unset PGPASSWORD where the user is the \
                 master user of a cluster or instance that is named by its identifier: its managed secret counts then.",
            ),
            Self::WrongSecret => row(
                Login,
                "28P01",
                "`secret_arn`",
                "The secret was read twice, and its password is not that of the user: it is another user's or another server's, \
                 or a rotation has changed one side only.",
                "Compare the `username` in the secret with the user of the login, and the host that it is for; then set the \
                 password in the database to that in the secret, or rotate the secret.",
            ),
            Self::WrongManagedSecret => row(
                Login,
                "28P01",
                "the managed secret of the master user",
                "The secret was read twice, and its password is not that of the master user: it was changed by SQL, or RDS is \
                 changing it.",
                "Look at the status of the secret: wait while it is `rotating` or `creating`, and have RDS rotate it \
                 (`--rotate-master-user-password`) otherwise.",
            ),
            Self::OtherLogin => row(
                Login,
                "28000 otherwise",
                "",
                "The server does not let the user in, and its message says why.",
                "Check `username` and what the `postgres` block says of its login.",
            ),
            Self::Reader => row(
                Statement,
                "25006, or `.. during recovery`",
                "the host is a reader endpoint (`cluster-ro-`)",
                "Only the writer takes changes.",
                "Set `host` to the cluster's endpoint, the one without `-ro`, or name the cluster by `cluster_identifier`.",
            ),
            Self::Secondary => row(
                Statement,
                "25006, or `.. during recovery`",
                "AWS shows a replica, or a secondary of a global database",
                "The cluster or instance follows another one, and takes no changes.",
                "Name the primary: what is changed there shows here.",
            ),
            Self::InRecovery => row(
                Statement,
                "25006, or `.. during recovery`",
                "otherwise",
                "The server is in recovery: it is a replica, or was the writer before a failover.",
                "Try again when the endpoint leads to the writer. With `host`, set it to the endpoint of the writer.",
            ),
            Self::PasswordRestricted => row(
                Statement,
                "42501 `.. rds_password`",
                "`password_wo`",
                "`rds.restrict_password_commands` is on: only members of `rds_password` set passwords.",
                "Grant rds_password to the provider's user, or leave `password_wo` to somebody who is in it.",
            ),
            Self::AttributeNotGiven => row(
                Statement,
                "42501 `could not give the REPLICATION attribute`",
                "`replication_privilege = \"attribute\"` or `\"both\"`",
                "RDS often keeps the REPLICATION attribute to itself.",
                "Use `replication_privilege = \"rds_replication\"`: that membership is the right to replicate as well, and a member \
                 of rds_superuser may grant it.",
            ),
            Self::AttributeNotTaken => row(
                Statement,
                "42501 `could not take the REPLICATION attribute`",
                "",
                "RDS often keeps the REPLICATION attribute to itself.",
                "Have a superuser take it, or keep it: with `replication_privilege = \"attribute\"` or `\"both\"` the other changes \
                 can be applied, also `rds_iam = false`. A destroy takes back everything else, and warns that the attribute is \
                 left.",
            ),
            Self::NeedsSuperuser => row(
                Statement,
                "42501 `must be superuser to ..`",
                "`all_tables`, `schemas`",
                "PostgreSQL lets only superusers publish all tables, or all of a schema. RDS lets members of rds_superuser do \
                 the former, and does not say whether the latter.",
                "Grant rds_superuser to the provider's user, or list the `tables`: that takes their owner's rights.",
            ),
            Self::NotOwner => row(
                Statement,
                "42501 `must be owner of ..`",
                "",
                "The publication, or a table that is to be published, belongs to another role, whose rights the provider's user \
                 does not have.",
                "GRANT that role TO the provider's user, from PostgreSQL 16 on WITH INHERIT TRUE; or give the object to a role \
                 that it is in.",
            ),
            Self::NoRight => row(
                Statement,
                "42501 otherwise",
                "",
                "The provider's user lacks a right for this. On RDS a member of rds_superuser has it.",
                "Grant it what the guide on permissions lists. A role that ALTER ROLE .. SET role gives that user is not taken on: \
                 the right has to be its own.",
            ),
            Self::InsideRdsIam => row(
                Statement,
                "0LP01",
                "",
                "`rds_iam` or `rds_replication` is itself a member of the user's role, directly or through others: somebody \
                 granted the wrong way round.",
                "REVOKE the user's role FROM rds_iam, or from the role that is between them, and apply again.",
            ),
            Self::LockTimeout => row(
                Statement,
                "55P03",
                "",
                "Somebody else holds a lock on the role, or on a table that is to be published: in a long transaction perhaps, or with \
                 VACUUM, ANALYZE or CREATE INDEX CONCURRENTLY.",
                "Try again when it has ended.",
            ),
            Self::WritersAtWork => row(
                Statement,
                "`somebody writes to one of its tables`",
                "`wait_for_writers`",
                "A stream may lose a table that joins the publication while somebody writes to it.",
                "Try again when those transactions have ended, or set a longer time in `timeouts`. With \
                 `wait_for_writers = \"never\"` they are not waited for.",
            ),
            Self::TooManyLocks => row(
                Statement,
                "53200 `out of shared memory`",
                "",
                "The server has no room for so many locks: a change of a publication takes one for each table that joins or leaves.",
                "Let fewer tables join at a time, or raise `max_locks_per_transaction`, which takes a restart. `schemas` and \
                 `all_tables` take no lock on tables.",
            ),
            Self::RunElsewhere => row(
                Statement,
                "`another run works on it`",
                "",
                "Another run changes the same role at the same time.",
                "Try again when it has ended.",
            ),
            Self::MembersToCome => row(
                Statement,
                "`.. in a transaction that is still open`",
                "",
                "Nothing was changed: whom the grant would force to IAM cannot be seen yet.",
                "Try again when that transaction has ended.",
            ),
            Self::OtherProbation => row(
                Statement,
                "`a grant is being proven to lock nobody out`",
                "",
                "Within a minute that is decided, by another run or by a user of this one.",
                "Try again then. If nobody else is at work, a login at risk may be demanded a token for another reason: set \
                 `iam_auth = true` if it uses IAM, or list it in `allow_iam_for`.",
            ),
            Self::NotSupported => row(
                Statement,
                "`the way to the server cannot do that`",
                "",
                "What is between the provider and the server answers for itself.",
                "Name the cluster, the instance or its host in the `postgres` block, so that the provider connects to the server \
                 itself.",
            ),
            Self::NothingChanged => row(
                Statement,
                "`nothing was committed`, `somebody renamed it meanwhile`",
                "",
                "Nothing was changed.",
                "Try again.",
            ),
            Self::CommitUnknown => row(
                Statement,
                "`the answer was lost`",
                "",
                "The connection broke when the change was committed.",
                "Look at the next plan, which shows it. What was to be created and is there can be imported.",
            ),
            Self::Interrupted => row(
                Statement,
                "`interrupted while ..`",
                "",
                "The run was interrupted.",
                "The next plan shows what is left to do.",
            ),
            Self::TimedOut => row(
                Statement,
                "`timed out after ..`",
                "",
                "The time of the operation was up.",
                "Try again, or set a longer time in the resource's `timeouts` block.",
            ),
            Self::OtherStatement => row(
                Statement,
                "anything else",
                "",
                "The message says the cause.",
                "Where it has an SQLSTATE, PostgreSQL's manual says more of that.",
            ),
        }
    }
}
