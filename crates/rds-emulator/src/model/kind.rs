//! The kinds of publishers that RDS has for PostgreSQL.

use super::{catalog::Engine, parameter_group::GroupKind};

/// What a publisher is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An Aurora DB cluster: a writer and a reader.
    Aurora,
    /// A Multi-AZ DB cluster of RDS for PostgreSQL: a writer and two readers.
    MultiAzCluster,
    /// A DB instance of RDS for PostgreSQL that stands alone.
    Instance,
}

impl Kind {
    /// Whether the cluster actions of the API know it.
    pub fn is_cluster(self) -> bool {
        self != Self::Instance
    }

    /// `Engine`.
    pub fn engine(self) -> Engine {
        match self {
            Self::Aurora => Engine::AuroraPostgresql,
            Self::MultiAzCluster | Self::Instance => Engine::Postgres,
        }
    }

    /// The kind of parameter group that its parameters are in.
    pub fn group_kind(self) -> GroupKind {
        match self {
            Self::Aurora | Self::MultiAzCluster => GroupKind::Cluster,
            Self::Instance => GroupKind::Instance,
        }
    }

    /// `DBInstanceClass` of its instances.
    pub fn instance_class(self) -> &'static str {
        match self {
            Self::Aurora => "db.r6g.large",
            Self::MultiAzCluster => "db.m6gd.large",
            Self::Instance => "db.m6g.large",
        }
    }

    /// `StorageType`.
    pub fn storage_type(self) -> &'static str {
        match self {
            Self::Aurora => "aurora",
            Self::MultiAzCluster => "io1",
            Self::Instance => "gp3",
        }
    }

    /// `DBInstanceIdentifier` of each instance, the writer's first.
    pub fn member_identifiers(self, identifier: &str) -> Vec<String> {
        let members = match self {
            Self::Aurora => 2,
            Self::MultiAzCluster => 3,
            Self::Instance => return vec![identifier.to_owned()],
        };
        (1..=members)
            .map(|number| format!("{identifier}-{number}"))
            .collect()
    }
}
