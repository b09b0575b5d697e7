//! The pretended AWS account: its parameter groups, clusters and instances, and every change RDS
//! allows.
//!
//! Nothing here waits or talks to a server: time is an argument, and what has happened since is
//! caught up by [`Account::advance`].

mod groups;
mod tags;
mod transitions;

use std::{collections::BTreeMap, time::Instant};

pub use self::{groups::Reset, transitions::Transition};
use super::{
    Error, Family, Kind, Publisher,
    parameter_group::{GroupKind, ParameterGroup},
};

/// What ModifyDBCluster and ModifyDBInstance may change here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modification {
    /// `EnableIAMDatabaseAuthentication`.
    pub iam_database_authentication: Option<bool>,
    /// `DBClusterParameterGroupName` or `DBParameterGroupName`.
    pub parameter_group: Option<String>,
    /// `ApplyImmediately`.
    pub apply_immediately: bool,
}

/// A pretended AWS account in one region.
#[derive(Debug)]
pub struct Account {
    /// Account number, twelve digits.
    pub id: String,
    /// The region.
    pub region: String,
    /// When all of it was made.
    pub created: jiff::Timestamp,
    groups: BTreeMap<(GroupKind, String), ParameterGroup>,
    publishers: Vec<Publisher>,
}

impl Account {
    /// An account with nothing but RDS's own default groups.
    pub fn new(id: &str, region: &str) -> Self {
        Self {
            id: id.to_owned(),
            region: region.to_owned(),
            created: jiff::Timestamp::now(),
            groups: [GroupKind::Cluster, GroupKind::Instance]
                .into_iter()
                .flat_map(|kind| {
                    Family::all().map(move |family| ParameterGroup::default_of(kind, family))
                })
                .map(|group| ((group.kind, group.name.clone()), group))
                .collect(),
            publishers: Vec::new(),
        }
    }

    /// The ARN of an RDS resource, such as `cluster` and `orders`.
    pub fn arn(&self, resource_type: &str, name: &str) -> String {
        format!(
            "arn:aws:rds:{}:{}:{resource_type}:{name}",
            self.region, self.id
        )
    }

    /// The name in an ARN of this account, or the text itself. Identifiers are compared in lower
    /// case, as RDS stores them.
    fn identifier(&self, resource_type: &str, name_or_arn: &str) -> String {
        let name = name_or_arn.strip_prefix(&self.arn(resource_type, ""));
        name.unwrap_or(name_or_arn).to_lowercase()
    }

    /// All clusters and all instances that stand alone, in the order of their making.
    pub fn publishers(&self) -> &[Publisher] {
        &self.publishers
    }

    /// All clusters, in the order of their making.
    pub fn clusters(&self) -> impl Iterator<Item = &Publisher> {
        self.publishers
            .iter()
            .filter(|publisher| publisher.kind.is_cluster())
    }

    /// A cluster by identifier or ARN.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster(&self, identifier: &str) -> Result<&Publisher, Error> {
        let wanted = self.identifier("cluster", identifier);
        self.clusters()
            .find(|cluster| cluster.identifier == wanted)
            .ok_or_else(|| Error::ClusterNotFound(identifier.to_owned()))
    }

    /// An instance that stands alone, by identifier or ARN.
    ///
    /// # Errors
    /// When there is none.
    pub fn standalone_instance(&self, identifier: &str) -> Result<&Publisher, Error> {
        match self.instance(identifier)? {
            (publisher, _) if publisher.kind == Kind::Instance => Ok(publisher),
            _ => Err(Error::InstanceNotFound(identifier.to_owned())),
        }
    }

    /// The publisher of an instance, and the instance's place in it.
    ///
    /// # Errors
    /// When there is no such instance.
    pub fn instance(&self, identifier: &str) -> Result<(&Publisher, usize), Error> {
        let wanted = self.identifier("db", identifier);
        let found = self.publishers.iter().find_map(|publisher| {
            let place = publisher
                .members
                .iter()
                .position(|member| member.identifier == wanted)?;
            Some((publisher, place))
        });
        found.ok_or_else(|| Error::InstanceNotFound(identifier.to_owned()))
    }

    /// A publisher by its exact identifier, which no other one has, of whatever kind.
    ///
    /// # Errors
    /// When there is none.
    pub fn publisher(&self, identifier: &str) -> Result<&Publisher, Error> {
        self.publishers
            .iter()
            .find(|publisher| publisher.identifier == identifier)
            .ok_or_else(|| Error::ClusterNotFound(identifier.to_owned()))
    }

    /// The same, to read statuses or to set its behaviour.
    ///
    /// # Errors
    /// When there is none.
    pub fn publisher_mut(&mut self, identifier: &str) -> Result<&mut Publisher, Error> {
        self.publishers
            .iter_mut()
            .find(|publisher| publisher.identifier == identifier)
            .ok_or_else(|| Error::ClusterNotFound(identifier.to_owned()))
    }

    /// The group that a publisher uses.
    ///
    /// # Errors
    /// When it is gone.
    pub fn group_of(&self, publisher: &Publisher) -> Result<&ParameterGroup, Error> {
        self.group(publisher.kind.group_kind(), &publisher.parameter_group)
    }

    /// Adds a publisher and the group that it uses.
    pub fn add(&mut self, publisher: Publisher, group: ParameterGroup) {
        self.groups.insert((group.kind, group.name.clone()), group);
        self.publishers.push(publisher);
    }

    /// ModifyDBCluster; the cluster's identifier.
    ///
    /// # Errors
    /// When the cluster or the group is not there, the group is of another family, or the cluster
    /// is not available.
    pub fn modify_cluster(
        &mut self,
        identifier: &str,
        modification: &Modification,
        now: Instant,
    ) -> Result<String, Error> {
        let identifier = self.cluster(identifier)?.identifier.clone();
        self.modify(&identifier, modification, now)
            .map_err(|error| match error {
                Error::ParameterGroupNotFound(_, name) => {
                    Error::ClusterParameterGroupNotFound(name)
                }
                error => error,
            })?;
        Ok(identifier)
    }

    /// ModifyDBInstance; the instance's identifier.
    ///
    /// # Errors
    /// As [`Account::modify_cluster`], and when a member of a cluster is to be modified.
    pub fn modify_instance(
        &mut self,
        identifier: &str,
        modification: &Modification,
        now: Instant,
    ) -> Result<String, Error> {
        let (publisher, place) = self.instance(identifier)?;
        let instance = publisher.members[place].identifier.clone();
        if publisher.kind.is_cluster() {
            let parameter = if modification.iam_database_authentication.is_some() {
                "EnableIAMDatabaseAuthentication"
            } else if modification.parameter_group.is_some() {
                "DBParameterGroupName"
            } else {
                return Ok(instance);
            };
            return Err(Error::MemberModified {
                instance,
                parameter,
            });
        }
        self.modify(&instance, modification, now)?;
        Ok(instance)
    }

    fn modify(
        &mut self,
        identifier: &str,
        modification: &Modification,
        now: Instant,
    ) -> Result<(), Error> {
        let publisher = self.publisher(identifier)?;
        publisher.check_available()?;
        let kind = publisher.kind.group_kind();
        let group = match &modification.parameter_group {
            Some(name) => {
                let group = self.group(kind, name)?;
                if group.family != publisher.family {
                    return Err(Error::WrongFamily {
                        kind,
                        group: group.name.clone(),
                        family: group.family,
                        wanted: publisher.family,
                    });
                }
                Some(group.clone())
            }
            None => None,
        };
        let publisher = self.publisher_mut(identifier)?;
        if let Some(enabled) = modification.iam_database_authentication {
            publisher.set_iam_database_authentication(enabled, modification.apply_immediately, now);
        }
        if let Some(group) = group {
            publisher.attach(&group);
        }
        if modification.apply_immediately {
            publisher.apply_pending(now);
        }
        publisher.advance(now);
        Ok(())
    }
}
