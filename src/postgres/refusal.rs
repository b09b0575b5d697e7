//! What the provider itself refuses, before anything is changed or by taking it back.

use std::{collections::BTreeSet, fmt};

use super::{membership::NestedLogin, not_proven::NotProven};

/// Why an operation on a replication user was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such role.
    #[error("there is no such role")]
    NoSuchRole,
    /// The role that was to be created is there already.
    #[error("the role exists already")]
    RoleExists {
        /// Whether it carries the comment of a role that this provider created: in an interrupted run, or for
        /// another configuration.
        is_ours: bool,
    },
    /// The role of this name is another object than the one that is meant.
    #[error("the role of this name is another one than before")]
    AnotherRole {
        /// The name that the one that is meant has now, where it is still there.
        now_called: Option<String>,
    },
    /// Somebody renamed or dropped the role while it was being granted.
    #[error("somebody renamed or dropped the role meanwhile")]
    TakenAway,
    /// Nobody could log in with a token; why not.
    #[error("nobody could log in with a token: {0}")]
    NoTokens(String),
    /// The role belongs to RDS or to PostgreSQL, or is a superuser.
    #[error("the role is reserved or a superuser")]
    Reserved,
    /// The role is the master user.
    #[error("the role is the master user")]
    Master,
    /// The role is the one that the provider logs in as.
    #[error("the role is the provider's own login")]
    OwnLogin,
    /// The role is inside `rds_ad`, which excludes `rds_iam`; the path.
    #[error("the role is inside rds_ad ({})", .0.join(" -> "))]
    InRdsAd(Vec<String>),
    /// A group is missing: this is no RDS server, or the feature's role is not there.
    #[error("there is no role {0} on the server")]
    NoSuchGroup(&'static str),
    /// Other logins would be forced to IAM.
    #[error("other logins would be forced to IAM: {}", list(.0))]
    WouldForce(Vec<NestedLogin>),
    /// Others would be forced to IAM if RDS counts the membership of a role's creator, and whether it
    /// does was not to be found out.
    #[error(
        "whether {} would be forced to IAM is not known: {reason}; the grant {grant}",
        list(logins)
    )]
    Unproven {
        /// Those logins.
        logins: Vec<NestedLogin>,
        /// Why not.
        #[source]
        reason: NotProven,
        /// What became of the grant.
        grant: Grant,
    },
    /// With the grant the server demands tokens of these logins.
    #[error("the server demands a token of {}; the grant {grant}", list(logins))]
    LockedOut {
        /// The logins.
        logins: Vec<NestedLogin>,
        /// What became of the grant.
        grant: Grant,
    },
    /// The membership in `rds_iam` is still there after it was revoked.
    #[error("the membership in rds_iam is still there: {0}")]
    MembershipRemains(RemainingMembership),
    /// A statement succeeded, but the catalog does not show its effect.
    #[error("the catalog does not show {0}")]
    NotInCatalog(&'static str),
    /// The role has sessions.
    #[error("the role has sessions: {}", list(.0))]
    HasSessions(Vec<Session>),
    /// Objects belong to the role or name it in their privileges.
    #[error("objects depend on the role: {}", list(.0))]
    HasDependents(Vec<Dependents>),
}

/// What became of a grant that is not to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It was not made.
    NotMade,
    /// It was made and is taken back; a role that was created with it is dropped.
    TakenBack,
    /// The membership in `rds_iam` is taken back, and the role that was created with it is still there.
    RoleLeft,
    /// The server takes it back by itself, at most so many seconds from now. Nobody waited for that.
    TakenBackSoon(u64),
    /// Whether it is still there is not known; why not.
    NotKnown(String),
    /// It is still there; what went wrong while it was taken back.
    Stands(String),
}

/// What keeps a role inside a group after the provider revoked what it could.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemainingMembership {
    /// Direct memberships, by who granted them.
    pub grantors: BTreeSet<String>,
    /// The way through other groups.
    pub path: Option<Vec<String>>,
}

impl RemainingMembership {
    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.grantors.is_empty() && self.path.is_none()
    }
}

/// A session of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The process id.
    pub pid: String,
    /// The kind, such as `walsender`.
    pub backend_type: String,
    /// The application's name.
    pub application_name: String,
}

/// What depends on a role in one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependents {
    /// The database; `None` for what all share.
    pub database: Option<String>,
    /// How many objects there are.
    pub count: usize,
    /// Their descriptions, as far as the connected database can tell.
    pub objects: Vec<String>,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMade => f.write_str("was not made"),
            Self::TakenBack => f.write_str("was taken back"),
            Self::RoleLeft => f.write_str("was taken back, and the role is still there"),
            Self::TakenBackSoon(seconds) => {
                write!(f, "is taken back by the server within {seconds} seconds")
            }
            Self::NotKnown(reason) => write!(f, "may still be there: {reason}"),
            Self::Stands(reason) => write!(f, "was not taken back: {reason}"),
        }
    }
}

/// Items in one line.
pub fn list<T: fmt::Display>(items: &[T]) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

impl fmt::Display for RemainingMembership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.grantors.is_empty() {
            let grantors: Vec<&str> = self.grantors.iter().map(String::as_str).collect();
            parts.push(format!("granted by {}", grantors.join(", ")));
        }
        if let Some(path) = &self.path {
            parts.push(format!("through {}", path.join(" -> ")));
        }
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for NestedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.login, self.path.join(" <- "))
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.backend_type, self.pid)?;
        if !self.application_name.is_empty() {
            write!(f, " ({})", self.application_name)?;
        }
        Ok(())
    }
}

impl fmt::Display for Dependents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.database {
            Some(database) => write!(f, "in database {database:?}: ")?,
            None => write!(f, "shared: ")?,
        }
        write!(f, "{} object(s)", self.count)?;
        if !self.objects.is_empty() {
            write!(f, ", {}", self.objects.join(", "))?;
        }
        Ok(())
    }
}
