//! What the practitioner names, and the id that stands for it.

use super::Model;

/// What the practitioner names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Cluster(String),
    Group(String),
}

impl Target {
    /// What a configuration or state names; `None` while that is unknown.
    pub(super) fn of(model: &Model) -> Option<Self> {
        let cluster = model.cluster_identifier.known().cloned();
        let group = model.db_cluster_parameter_group_name.known().cloned();
        cluster.map(Self::Cluster).or(group.map(Self::Group))
    }

    /// Reads an id, split at its first `/`.
    pub(super) fn from_id(id: &str) -> Option<Self> {
        match id.split_once('/')? {
            (_, "") => None,
            ("cluster", identifier) => Some(Self::Cluster(identifier.to_owned())),
            ("cluster-parameter-group", name) => Some(Self::Group(name.to_owned())),
            _ => None,
        }
    }

    /// The id. AWS compares identifiers without regard to case and stores them in lower case.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Cluster(identifier) => format!("cluster/{}", identifier.to_lowercase()),
            Self::Group(name) => format!("cluster-parameter-group/{}", name.to_lowercase()),
        }
    }

    /// Whether a state names the same thing in the same way.
    pub(super) fn is_named_by(&self, state: &Model) -> bool {
        Self::of(state).is_some_and(|target| target.id() == self.id())
    }

    /// The attribute that names it.
    pub(super) fn attribute(&self) -> &'static str {
        match self {
            Self::Cluster(_) => "cluster_identifier",
            Self::Group(_) => "db_cluster_parameter_group_name",
        }
    }
}
