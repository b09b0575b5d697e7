//! A parameter group: values somebody has set, over the family's defaults.

use std::{collections::BTreeMap, fmt};

use super::{
    Tag,
    catalog::{ApplyMethod, Family, ParameterDefinition},
};

/// A value that somebody has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `ParameterValue`.
    pub value: String,
    /// `ApplyMethod` of the request that set it.
    pub apply_method: ApplyMethod,
}

/// What can use a parameter group. Groups of different kinds may have the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// DB clusters: a DB cluster parameter group.
    Cluster,
    /// DB instances: a DB parameter group.
    Instance,
}

impl GroupKind {
    /// The resource type in ARNs.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Cluster => "cluster-pg",
            Self::Instance => "pg",
        }
    }

    /// What uses such a group, in words.
    pub fn user(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Instance => "instance",
        }
    }

    /// What such a group is, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Cluster => "cluster parameter group",
            Self::Instance => "parameter group",
        }
    }
}

/// As the API writes it.
impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cluster => "DBClusterParameterGroup",
            Self::Instance => "DBParameterGroup",
        })
    }
}

/// A DB cluster parameter group or a DB parameter group.
#[derive(Clone, Debug)]
pub struct ParameterGroup {
    /// What can use it.
    pub kind: GroupKind,
    /// `DBClusterParameterGroupName` or `DBParameterGroupName`, in lower case.
    pub name: String,
    /// `DBParameterGroupFamily`.
    pub family: Family,
    /// `Description`.
    pub description: String,
    /// Those that it was created with.
    pub tags: Vec<Tag>,
    /// What somebody has set to another value than the default, by parameter name.
    settings: BTreeMap<&'static str, Setting>,
}

/// Who has chosen a value: `Source` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A user.
    User,
    /// RDS.
    System,
    /// PostgreSQL.
    EngineDefault,
}

impl Source {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
            Self::EngineDefault => "engine-default",
        }
    }

    /// From how the API writes it.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "user" => Some(Self::User),
            "system" => Some(Self::System),
            "engine-default" => Some(Self::EngineDefault),
            _ => None,
        }
    }
}

impl ParameterGroup {
    /// A group in which nobody has set anything.
    pub fn new(kind: GroupKind, name: &str, family: Family, description: &str) -> Self {
        Self {
            kind,
            name: name.to_lowercase(),
            family,
            description: description.to_owned(),
            tags: Vec::new(),
            settings: BTreeMap::new(),
        }
    }

    /// The group of a family that RDS owns.
    pub fn default_of(kind: GroupKind, family: Family) -> Self {
        Self::new(
            kind,
            &format!("default.{family}"),
            family,
            &format!("Default {} for {family}", kind.in_words()),
        )
    }

    /// Whether RDS owns it.
    pub fn is_default(&self) -> bool {
        self.name.starts_with("default.")
    }

    /// The value that Describe shows; `None` where the engine's own default rules.
    pub fn value(&self, parameter: &ParameterDefinition) -> Option<&str> {
        self.settings
            .get(parameter.name)
            .map(|setting| setting.value.as_str())
            .or(parameter.default_value)
    }

    /// Whether a boolean parameter is on in it.
    pub fn has_on(&self, name: &str) -> bool {
        let parameter = self.family.parameter(name);
        parameter.and_then(|parameter| self.value(parameter)) == Some("1")
    }

    /// The `Source` that Describe shows.
    pub fn source(&self, parameter: &ParameterDefinition) -> Source {
        if self.settings.contains_key(parameter.name) {
            Source::User
        } else if parameter.default_value.is_some() {
            Source::System
        } else {
            Source::EngineDefault
        }
    }

    /// The `ApplyMethod` that Describe shows. An untouched parameter says `pending-reboot`, a
    /// dynamic one too.
    pub fn apply_method(&self, parameter: &ParameterDefinition) -> ApplyMethod {
        self.settings
            .get(parameter.name)
            .map_or(ApplyMethod::PendingReboot, |setting| setting.apply_method)
    }

    /// Sets a value; whether the value changed. The same value again is ignored, with its apply
    /// method, and the default value never becomes a user's one.
    pub fn set(
        &mut self,
        parameter: &'static ParameterDefinition,
        value: &str,
        apply_method: ApplyMethod,
    ) -> bool {
        if self.value(parameter) == Some(value) {
            return false;
        }
        if parameter.default_value == Some(value) {
            self.settings.remove(parameter.name);
        } else {
            let value = value.to_owned();
            self.settings.insert(
                parameter.name,
                Setting {
                    value,
                    apply_method,
                },
            );
        }
        true
    }

    /// Takes a value back to the default; whether anything was set.
    pub fn reset(&mut self, parameter: &ParameterDefinition) -> bool {
        self.settings.remove(parameter.name).is_some()
    }

    /// Names of the parameters that somebody has set.
    pub fn names_set(&self) -> Vec<&'static str> {
        self.settings.keys().copied().collect()
    }

    /// All values that a member takes in when it boots.
    pub fn values(&self) -> BTreeMap<&'static str, String> {
        self.settings
            .iter()
            .map(|(name, setting)| (*name, setting.value.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::{Engine, IAM_AUTH_FOR_REPLICATION};

    #[test]
    fn group_value_equal_to_the_default_never_becomes_a_users_one() {
        let family = Family::of(Engine::AuroraPostgresql, 17).expect("there is a family of 17");
        let parameter = family
            .parameter(IAM_AUTH_FOR_REPLICATION)
            .expect("17 has the parameter");
        let mut group = ParameterGroup::new(GroupKind::Cluster, "Mine", family, "");
        assert_eq!(group.name, "mine");
        assert!(!group.set(parameter, "0", ApplyMethod::Immediate));
        assert_eq!(group.source(parameter), Source::System);
        assert!(group.set(parameter, "1", ApplyMethod::Immediate));
        assert_eq!(group.source(parameter), Source::User);
        assert!(!group.set(parameter, "1", ApplyMethod::PendingReboot));
        assert_eq!(group.apply_method(parameter), ApplyMethod::Immediate);
        assert!(group.set(parameter, "0", ApplyMethod::Immediate));
        assert_eq!(group.source(parameter), Source::System);
        assert_eq!(group.value(parameter), Some("0"));
    }
}
