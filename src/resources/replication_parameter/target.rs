//! What the practitioner names, and the id that stands for it.

use std::fmt;

use tfplugin::Diagnostic;

use super::{Model, model::ARGUMENTS};
use crate::{
    aws::rds::{
        parameter_group::{GroupKind, GroupName},
        publisher::Identifier,
    },
    connection::Databases,
    operation::Operation,
    rds_name,
};

/// What the practitioner names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Publisher(Identifier),
    Group(GroupName),
}

impl Target {
    /// What a configuration or state names; `None` while that is unknown.
    pub(super) fn from_model(model: &Model) -> Option<Self> {
        let text = |field: &tfplugin::Field<String>| field.known().cloned();
        let publisher = text(&model.publisher.cluster_identifier)
            .map(Identifier::Cluster)
            .or_else(|| text(&model.publisher.db_instance_identifier).map(Identifier::Instance));
        let group = || {
            text(&model.db_cluster_parameter_group_name)
                .map(GroupName::cluster)
                .or_else(|| text(&model.db_parameter_group_name).map(GroupName::instance))
        };
        publisher
            .map(Self::Publisher)
            .or_else(|| group().map(Self::Group))
    }

    /// Reads an id, split at its first `/`.
    pub(super) fn from_id(id: &str) -> Option<Self> {
        let (kind, name) = id.split_once('/').filter(|(_, name)| !name.is_empty())?;
        let name = name.to_owned();
        match kind {
            "cluster" => Some(Self::Publisher(Identifier::Cluster(name))),
            "instance" => Some(Self::Publisher(Identifier::Instance(name))),
            "cluster-parameter-group" => Some(Self::Group(GroupName::cluster(name))),
            "parameter-group" => Some(Self::Group(GroupName::instance(name))),
            _ => None,
        }
    }

    /// The id. AWS compares identifiers without regard to case and stores them in lower case.
    pub(super) fn id(&self) -> String {
        let (kind, name) = match self {
            Self::Publisher(Identifier::Cluster(identifier)) => ("cluster", identifier.as_str()),
            Self::Publisher(Identifier::Instance(identifier)) => ("instance", identifier.as_str()),
            Self::Group(group) => match group.kind() {
                GroupKind::Cluster => ("cluster-parameter-group", group.as_str()),
                GroupKind::Instance => ("parameter-group", group.as_str()),
            },
        };
        format!("{kind}/{}", name.to_lowercase())
    }

    /// Whether a state names the same thing in the same way.
    pub(super) fn is_named_by(&self, state: &Model) -> bool {
        Self::from_model(state).is_some_and(|target| target.id() == self.id())
    }

    /// Refuses an ARN in place of an identifier or a name.
    ///
    /// # Errors
    /// That it is one, at the argument.
    pub(super) fn refuse_arn(&self, operation: &Operation) -> Result<(), Diagnostic> {
        let given = match self {
            Self::Publisher(identifier) => identifier.as_str(),
            Self::Group(group) => group.as_str(),
        };
        rds_name::refuse_arn(operation, self.attribute(), &given.into())
    }

    /// The argument that names it.
    pub(super) fn attribute(&self) -> &'static str {
        match self {
            Self::Publisher(identifier) => rds_name::argument(identifier),
            Self::Group(group) => match group.kind() {
                GroupKind::Cluster => "db_cluster_parameter_group_name",
                GroupKind::Instance => "db_parameter_group_name",
            },
        }
    }

    /// The group of this name, of the kind that the thing uses.
    pub(super) fn group(&self, name: impl Into<String>) -> GroupName {
        match self {
            Self::Publisher(Identifier::Cluster(_)) => GroupName::cluster(name),
            Self::Publisher(Identifier::Instance(_)) => GroupName::instance(name),
            Self::Group(group) => match group.kind() {
                GroupKind::Cluster => GroupName::cluster(name),
                GroupKind::Instance => GroupName::instance(name),
            },
        }
    }
}

impl fmt::Display for Target {
    /// Such as `DB cluster "orders"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publisher(identifier) => identifier.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

/// The arguments of a configuration that name the parameter and are not known yet.
fn open(config: &Model) -> impl Iterator<Item = &'static str> {
    let is_open = [
        config.publisher.cluster_identifier.is_unknown(),
        config.publisher.db_instance_identifier.is_unknown(),
        config.db_cluster_parameter_group_name.is_unknown(),
        config.db_parameter_group_name.is_unknown(),
    ];
    let arguments = ARGUMENTS.into_iter().zip(is_open);
    arguments.filter_map(|(argument, is_open)| is_open.then_some(argument))
}

/// Whether the only argument that is not known yet is the one by which a state names the parameter.
pub(super) fn is_open_like(config: &Model, state: &Model) -> bool {
    Target::from_model(state).is_some_and(|target| open(config).eq([target.attribute()]))
}

/// Whether arguments that are not known yet can turn out to name what a state does: in the same way,
/// or the group that is known to be the publisher's.
fn may_name(config: &Model, state: &Model) -> bool {
    let Some(before) = Target::from_model(state) else {
        return false;
    };
    let group = known_group(state).map(|group| Target::Group(group).attribute());
    let mut open = open(config);
    open.any(|argument| argument == before.attribute() || Some(argument) == group)
}

/// What a state or a plan names, as a state does where that is not known yet.
pub(super) fn named_like(planned: &Model, state: &Model) -> Model {
    if Target::from_model(planned).is_some() {
        return planned.clone();
    }
    Model {
        publisher: state.publisher.clone(),
        db_cluster_parameter_group_name: state.db_cluster_parameter_group_name.clone(),
        db_parameter_group_name: state.db_parameter_group_name.clone(),
        ..planned.clone()
    }
}

/// The group that a state says the parameter is in.
pub(super) fn known_group(state: &Model) -> Option<GroupName> {
    let name = state.parameter_group_name.known()?;
    Some(Target::from_model(state)?.group(name))
}

/// Whether a configuration names what a state does, in the same way or by its group, as far as that
/// is known.
pub(super) fn is_same(config: &Model, prior: &Model, databases: &Databases) -> bool {
    databases.may_be_same_region(&prior.publisher.region, &config.publisher.region)
        && match Target::from_model(config) {
            Some(target) if target.is_named_by(prior) => true,
            Some(Target::Group(name)) => {
                known_group(prior).is_some_and(|known| known.is_same(&name))
            }
            Some(Target::Publisher(_)) => false,
            None => may_name(config, prior),
        }
}
