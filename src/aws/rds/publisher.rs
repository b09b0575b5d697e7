//! What publishes: a DB cluster, or a DB instance that is in none.
//!
//! RDS has calls of its own for each; from here on they look the same.

use std::fmt;

use aws_sdk_rds::types::MasterUserSecret as Described;

use super::parameter_group::{self, GroupName};

/// What the practitioner calls a publisher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    /// `DBClusterIdentifier` of a DB cluster: Aurora, or Multi-AZ.
    Cluster(String),
    /// `DBInstanceIdentifier` of a DB instance.
    Instance(String),
}

/// A publisher, with the members that matter here.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBCluster.html>
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// Which kind of publisher.
    pub kind: PublisherKind,
    /// `DBClusterIdentifier` or `DBInstanceIdentifier`, in lower case.
    pub identifier: String,
    /// `DBClusterArn` or `DBInstanceArn`.
    pub arn: String,
    /// `DbClusterResourceId` or `DbiResourceId`, as IAM policies name it.
    pub resource_id: String,
    /// `Status` or `DBInstanceStatus`, such as `available`.
    pub status: String,
    /// `Engine`, such as `aurora-postgresql`.
    pub engine: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// `Endpoint`: the host name of the writer.
    pub endpoint: Option<String>,
    /// `Port`.
    pub port: Option<u16>,
    /// `DatabaseName` or `DBName`.
    pub database_name: Option<String>,
    /// `MasterUsername`.
    pub master_username: Option<String>,
    /// The parameter group that holds its parameters.
    pub parameter_group: GroupName,
    /// `DBClusterMembers`; of an instance, itself.
    pub members: Vec<Member>,
    /// `IAMDatabaseAuthenticationEnabled`.
    pub iam_database_authentication_enabled: bool,
    /// `PendingModifiedValues.IAMDatabaseAuthenticationEnabled`: what it will be.
    pub pending_iam_database_authentication_enabled: Option<bool>,
    /// `EngineVersion` and `MasterUserPassword` of `PendingModifiedValues`, by these names, where they will change.
    pub other_pending_changes: Vec<&'static str>,
    /// `ReplicationSourceIdentifier` or `ReadReplicaSource..`: what it is a replica of.
    pub replica_of: Option<String>,
    /// `GlobalClusterIdentifier`: the global database that it is in.
    pub global_cluster: Option<String>,
    /// `MasterUserSecret`: the secret that RDS manages for the master user.
    pub master_user_secret: Option<MasterUserSecret>,
}

/// Which kind of publisher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublisherKind {
    /// An Aurora DB cluster.
    Aurora,
    /// A Multi-AZ DB cluster of RDS for PostgreSQL.
    MultiAzCluster,
    /// A DB instance of RDS for PostgreSQL.
    Instance,
}

/// An instance of a publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `DBInstanceIdentifier`.
    pub identifier: String,
    /// `IsClusterWriter`.
    pub is_writer: bool,
    /// `DBClusterParameterGroupStatus` or `ParameterApplyStatus`, such as `in-sync` or
    /// `pending-reboot`.
    pub parameter_group_status: String,
}

/// Whom a publisher follows that takes no changes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is a replica of this cluster or instance.
    Source(String),
    /// It is a secondary of this global database.
    GlobalDatabase(String),
}

/// The secret that RDS manages for the master user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterUserSecret {
    /// `SecretArn`.
    pub arn: String,
    /// `SecretStatus`: `creating`, `active`, `rotating` or `impaired`.
    pub status: String,
}

impl Identifier {
    /// The identifier alone.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cluster(identifier) | Self::Instance(identifier) => identifier,
        }
    }

    /// As RDS stores it: it compares identifiers without regard to case.
    #[must_use]
    pub fn to_lowercase(&self) -> Self {
        match self {
            Self::Cluster(identifier) => Self::Cluster(identifier.to_lowercase()),
            Self::Instance(identifier) => Self::Instance(identifier.to_lowercase()),
        }
    }

    /// The kind of parameter group that holds its parameters.
    pub fn group_kind(&self) -> parameter_group::GroupKind {
        match self {
            Self::Cluster(_) => parameter_group::GroupKind::Cluster,
            Self::Instance(_) => parameter_group::GroupKind::Instance,
        }
    }

    /// What RDS calls the thing.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Cluster(_) => "DB cluster",
            Self::Instance(_) => "DB instance",
        }
    }
}

impl fmt::Display for Identifier {
    /// Such as `DB cluster "orders"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.noun(), self.as_str())
    }
}

impl fmt::Display for Follows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => write!(f, "a replica of {source}"),
            Self::GlobalDatabase(name) => write!(f, "a secondary of the global database {name:?}"),
        }
    }
}

impl MasterUserSecret {
    /// From the SDK's type; `None` without an ARN.
    pub(super) fn from_described(described: &Described) -> Option<Self> {
        Some(Self {
            arn: described.secret_arn()?.to_owned(),
            status: described.secret_status().unwrap_or_default().to_owned(),
        })
    }
}

impl Publisher {
    /// What it is called.
    pub fn name(&self) -> Identifier {
        match self.kind {
            PublisherKind::Aurora | PublisherKind::MultiAzCluster => {
                Identifier::Cluster(self.identifier.clone())
            }
            PublisherKind::Instance => Identifier::Instance(self.identifier.clone()),
        }
    }

    /// The Region in its ARN.
    pub fn region(&self) -> Option<&str> {
        self.arn
            .split(':')
            .nth(3)
            .filter(|region| !region.is_empty())
    }

    /// The member that takes writes, if it has one: a secondary of a global database has none.
    pub fn writer(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.is_writer)
    }

    /// Whom it follows; `None` where it takes changes itself.
    pub fn follows(&self) -> Option<Follows> {
        let source = self.replica_of.clone().map(Follows::Source);
        let is_secondary = !self.members.is_empty() && self.writer().is_none();
        let global = self.global_cluster.clone().filter(|_| is_secondary);
        global.map(Follows::GlobalDatabase).or(source)
    }

    /// Whether this is the one that was asked for, by identifier or ARN in whatever case.
    pub(super) fn is_named(&self, identifier: &str) -> bool {
        self.identifier.eq_ignore_ascii_case(identifier)
            || self.arn.eq_ignore_ascii_case(identifier)
    }
}

/// The changes to come that are named, by the names that AWS gives them.
pub(super) fn named_changes(
    engine_version: Option<&str>,
    master_user_password: Option<&str>,
) -> Vec<&'static str> {
    let changes = [
        ("EngineVersion", engine_version),
        ("MasterUserPassword", master_user_password),
    ];
    let named = changes.into_iter().filter(|(_, to_come)| to_come.is_some());
    named.map(|(name, _)| name).collect()
}

/// A text that says something: some of AWS's answers have empty ones.
pub(super) fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A page of the list of all clusters, or of all instances, of the account in the Region.
pub(super) struct Page {
    pub(super) publishers: Vec<Publisher>,
    pub(super) next: Option<String>,
}
