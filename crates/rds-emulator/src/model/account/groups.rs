//! Parameter groups: every change of them that RDS allows.

use std::time::Instant;

use super::Account;
use crate::model::{
    Error, Family, Publisher, Tag,
    catalog::{ApplyMethod, ApplyType, ParameterDefinition},
    parameter_group::{GroupKind, ParameterGroup},
};

/// Most parameters in one Modify request.
const MODIFY_LIMIT: usize = 20;
/// Parameter groups of a kind per account and region, the default ones not counted.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html>
const GROUP_QUOTA: usize = 50;

/// Which values a Reset takes back.
#[derive(Clone, Debug)]
pub enum Reset {
    /// `ResetAllParameters`: dynamic ones at once, static ones after a reboot.
    All,
    /// The named ones.
    Listed(Vec<(String, ApplyMethod)>),
}

impl Account {
    /// All parameter groups of a kind, by name.
    pub fn groups(&self, kind: GroupKind) -> impl Iterator<Item = &ParameterGroup> {
        self.groups.values().filter(move |group| group.kind == kind)
    }

    /// A parameter group by name or ARN.
    ///
    /// # Errors
    /// When there is none.
    pub fn group(&self, kind: GroupKind, name: &str) -> Result<&ParameterGroup, Error> {
        self.groups
            .get(&(kind, self.identifier(kind.resource_type(), name)))
            .ok_or_else(|| Error::ParameterGroupNotFound(kind, name.to_owned()))
    }

    /// CreateDBClusterParameterGroup, CreateDBParameterGroup.
    ///
    /// # Errors
    /// When the name is taken or is none, the family is unknown, or the quota is reached.
    pub fn create_group(
        &mut self,
        kind: GroupKind,
        name: &str,
        family: &str,
        description: &str,
        tags: Vec<Tag>,
    ) -> Result<&ParameterGroup, Error> {
        if !is_group_name(name) {
            return Err(Error::GroupName(kind));
        }
        let family = Family::find(family).ok_or_else(|| Error::UnknownFamily(family.to_owned()))?;
        let mut group = ParameterGroup::new(kind, name, family, description);
        group.tags = tags;
        if self.group(kind, &group.name).is_ok() {
            return Err(Error::GroupExists(group.name));
        }
        if self
            .groups(kind)
            .filter(|group| !group.is_default())
            .count()
            >= GROUP_QUOTA
        {
            return Err(Error::GroupQuota(kind, GROUP_QUOTA));
        }
        let key = (kind, group.name.clone());
        Ok(self.groups.entry(key).or_insert(group))
    }

    /// DeleteDBClusterParameterGroup, DeleteDBParameterGroup.
    ///
    /// # Errors
    /// When there is none, it is a default one, or something uses it.
    pub fn delete_group(&mut self, kind: GroupKind, name: &str) -> Result<(), Error> {
        let group = self.group(kind, name)?;
        let name = group.name.clone();
        if group.is_default() {
            return Err(Error::DefaultGroupDeleted(name));
        }
        if self
            .publishers
            .iter()
            .any(|publisher| publisher.uses(kind, &name))
        {
            return Err(Error::GroupInUse(name));
        }
        self.groups.remove(&(kind, name));
        Ok(())
    }

    /// ModifyDBClusterParameterGroup, ModifyDBParameterGroup; the group's name. All or nothing is
    /// changed.
    ///
    /// # Errors
    /// When the group or a parameter is not there or not modifiable, or a value not allowed.
    pub fn modify_parameters(
        &mut self,
        kind: GroupKind,
        group: &str,
        values: &[(String, String, ApplyMethod)],
        now: Instant,
    ) -> Result<String, Error> {
        let group = self.group(kind, group)?;
        if group.is_default() {
            return Err(Error::DefaultGroupModified);
        }
        if values.is_empty() {
            return Err(Error::NoModifications);
        }
        if values.len() > MODIFY_LIMIT {
            return Err(Error::TooManyParameters(MODIFY_LIMIT));
        }
        let mut changes = Vec::with_capacity(values.len());
        for (name, value, method) in values {
            let parameter = changeable(group.family, name, *method)?;
            if !parameter.allows(value) {
                return Err(Error::ValueNotAllowed {
                    name: name.clone(),
                    value: value.clone(),
                    allowed: parameter.allowed_values.unwrap_or_default().to_owned(),
                });
            }
            changes.push((parameter, value, *method));
        }
        let name = group.name.clone();
        for (parameter, value, method) in changes {
            let changed = self
                .groups
                .get_mut(&(kind, name.clone()))
                .is_some_and(|group| group.set(parameter, value, method));
            if changed {
                self.tell_users(kind, &name, parameter, Some(value), method, now);
            }
        }
        Ok(name)
    }

    /// ResetDBClusterParameterGroup, ResetDBParameterGroup; the group's name.
    ///
    /// # Errors
    /// As [`Account::modify_parameters`], and while members still take in the last change.
    pub fn reset_parameters(
        &mut self,
        kind: GroupKind,
        group: &str,
        reset: &Reset,
        now: Instant,
    ) -> Result<String, Error> {
        let group = self.group(kind, group)?;
        if group.is_default() {
            return Err(Error::DefaultGroupModified);
        }
        let name = group.name.clone();
        let mut users = self
            .publishers
            .iter()
            .filter(|publisher| publisher.uses(kind, &name));
        if users.any(Publisher::is_applying) {
            return Err(Error::PendingChanges(name));
        }
        let resets = match reset {
            Reset::All => group
                .names_set()
                .into_iter()
                .filter_map(|name| group.family.parameter(name))
                .map(|parameter| (parameter, method_of(parameter)))
                .collect(),
            Reset::Listed(listed) => listed
                .iter()
                .map(|(name, method)| Ok((changeable(group.family, name, *method)?, *method)))
                .collect::<Result<Vec<_>, Error>>()?,
        };
        for (parameter, method) in resets {
            if self
                .groups
                .get_mut(&(kind, name.clone()))
                .is_some_and(|group| group.reset(parameter))
            {
                self.tell_users(kind, &name, parameter, None, method, now);
            }
        }
        Ok(name)
    }

    fn tell_users(
        &mut self,
        kind: GroupKind,
        group: &str,
        parameter: &'static ParameterDefinition,
        value: Option<&str>,
        method: ApplyMethod,
        now: Instant,
    ) {
        for publisher in self
            .publishers
            .iter_mut()
            .filter(|publisher| publisher.uses(kind, group))
        {
            publisher.take_change(parameter, value, method, now);
            publisher.advance(now);
        }
    }
}

/// How a parameter that nobody gave a method for is applied.
fn method_of(parameter: &ParameterDefinition) -> ApplyMethod {
    match parameter.apply_type {
        ApplyType::Static => ApplyMethod::PendingReboot,
        ApplyType::Dynamic => ApplyMethod::Immediate,
    }
}

/// The parameter, if it may be changed in this way.
fn changeable(
    family: Family,
    name: &str,
    method: ApplyMethod,
) -> Result<&'static ParameterDefinition, Error> {
    let parameter = family
        .parameter(name)
        .ok_or_else(|| Error::UnknownParameter(name.to_owned()))?;
    if !parameter.is_modifiable {
        return Err(Error::NotModifiable(name.to_owned()));
    }
    if parameter.apply_type == ApplyType::Static && method == ApplyMethod::Immediate {
        return Err(Error::ImmediateStatic);
    }
    Ok(parameter)
}

/// 1 to 255 letters, digits and hyphens, the first a letter, the last no hyphen, never two.
fn is_group_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || one == '-')
        && !name.ends_with('-')
        && !name.contains("--")
}
