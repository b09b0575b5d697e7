//! The pretended AWS account: its parameter groups and clusters, and every change RDS allows.
//!
//! Nothing here waits or talks to a server: time is an argument, and what has happened since is
//! caught up by [`Account::advance`].

use std::{collections::BTreeMap, time::Instant};

use super::{
    Error,
    catalogue::{ApplyMethod, ApplyType, Family, ParameterDefinition},
    cluster::{Cluster, Status},
    parameter_group::ParameterGroup,
};

/// Most parameters in one Modify request.
const MODIFY_LIMIT: usize = 20;
/// DB cluster parameter groups per account and region, the default ones not counted.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html>
const GROUP_QUOTA: usize = 50;

/// What ModifyDBCluster may change here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterChange {
    /// `EnableIAMDatabaseAuthentication`.
    pub iam_database_authentication: Option<bool>,
    /// `DBClusterParameterGroupName`.
    pub parameter_group: Option<String>,
    /// `ApplyImmediately`.
    pub apply_immediately: bool,
}

/// Which values a Reset takes back.
#[derive(Clone, Debug)]
pub enum Reset {
    /// `ResetAllParameters`: dynamic ones at once, static ones after a reboot.
    All,
    /// The named ones.
    Listed(Vec<(String, ApplyMethod)>),
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
    groups: BTreeMap<String, ParameterGroup>,
    clusters: Vec<Cluster>,
}

impl Account {
    /// An account with nothing but RDS's own default groups.
    pub fn new(id: &str, region: &str) -> Self {
        Self {
            id: id.to_owned(),
            region: region.to_owned(),
            created: jiff::Timestamp::now(),
            groups: Family::all()
                .map(ParameterGroup::default_of)
                .map(|group| (group.name.clone(), group))
                .collect(),
            clusters: Vec::new(),
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

    /// All parameter groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = &ParameterGroup> {
        self.groups.values()
    }

    /// All clusters, in the order of their making.
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// A parameter group by name or ARN.
    ///
    /// # Errors
    /// When there is none.
    pub fn group(&self, name: &str) -> Result<&ParameterGroup, Error> {
        self.groups
            .get(&self.identifier("cluster-pg", name))
            .ok_or_else(|| Error::ParameterGroupNotFound(name.to_owned()))
    }

    /// A cluster by identifier or ARN.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster(&self, identifier: &str) -> Result<&Cluster, Error> {
        let index = self.cluster_index(identifier)?;
        Ok(&self.clusters[index])
    }

    /// A cluster by identifier or ARN, to read statuses or to set its behaviour.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster_mut(&mut self, identifier: &str) -> Result<&mut Cluster, Error> {
        let index = self.cluster_index(identifier)?;
        Ok(&mut self.clusters[index])
    }

    fn cluster_index(&self, identifier: &str) -> Result<usize, Error> {
        let wanted = self.identifier("cluster", identifier);
        self.clusters
            .iter()
            .position(|cluster| cluster.identifier == wanted)
            .ok_or_else(|| Error::ClusterNotFound(identifier.to_owned()))
    }

    /// The cluster of an instance, and the instance's place in it.
    ///
    /// # Errors
    /// When there is no such instance.
    pub fn instance(&self, identifier: &str) -> Result<(&Cluster, usize), Error> {
        let wanted = self.identifier("db", identifier);
        let found = self.clusters.iter().find_map(|cluster| {
            let place = cluster
                .members
                .iter()
                .position(|member| member.identifier == wanted)?;
            Some((cluster, place))
        });
        found.ok_or_else(|| Error::InstanceNotFound(identifier.to_owned()))
    }

    /// Adds a cluster and the group that it uses.
    pub fn add_cluster(&mut self, cluster: Cluster, group: ParameterGroup) {
        self.groups.insert(group.name.clone(), group);
        self.clusters.push(cluster);
    }

    /// CreateDBClusterParameterGroup.
    ///
    /// # Errors
    /// When the name is taken or is none, the family is unknown, or the quota is reached.
    pub fn create_group(
        &mut self,
        name: &str,
        family: &str,
        description: &str,
    ) -> Result<&ParameterGroup, Error> {
        if !is_group_name(name) {
            return Err(Error::GroupName(name.to_owned()));
        }
        let family = Family::find(family).ok_or_else(|| Error::UnknownFamily(family.to_owned()))?;
        let group = ParameterGroup::new(name, family, description);
        if self.groups.contains_key(&group.name) {
            return Err(Error::GroupExists(group.name));
        }
        if self
            .groups
            .values()
            .filter(|group| !group.is_default())
            .count()
            >= GROUP_QUOTA
        {
            return Err(Error::GroupQuota(GROUP_QUOTA));
        }
        Ok(self.groups.entry(group.name.clone()).or_insert(group))
    }

    /// DeleteDBClusterParameterGroup.
    ///
    /// # Errors
    /// When there is none, it is a default one, or a cluster uses it.
    pub fn delete_group(&mut self, name: &str) -> Result<(), Error> {
        let group = self.group(name)?;
        let key = group.name.clone();
        if group.is_default() {
            return Err(Error::DefaultGroupDeleted(key));
        }
        if self
            .clusters
            .iter()
            .any(|cluster| cluster.parameter_group == key)
        {
            return Err(Error::GroupInUse(key));
        }
        self.groups.remove(&key);
        Ok(())
    }

    /// ModifyDBClusterParameterGroup; the group's name. All or nothing is changed.
    ///
    /// # Errors
    /// When the group or a parameter is not there or not modifiable, or a value not allowed.
    pub fn modify_parameters(
        &mut self,
        group: &str,
        values: &[(String, String, ApplyMethod)],
        now: Instant,
    ) -> Result<String, Error> {
        let group = self.group(group)?;
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
                .get_mut(&name)
                .is_some_and(|group| group.set(parameter, value, method));
            if changed {
                self.tell_clusters(&name, parameter, Some(value), method, now);
            }
        }
        Ok(name)
    }

    /// ResetDBClusterParameterGroup; the group's name.
    ///
    /// # Errors
    /// As [`Account::modify_parameters`], and while members still take in the last change.
    pub fn reset_parameters(
        &mut self,
        group: &str,
        reset: &Reset,
        now: Instant,
    ) -> Result<String, Error> {
        let group = self.group(group)?;
        if group.is_default() {
            return Err(Error::DefaultGroupModified);
        }
        let name = group.name.clone();
        let users = || {
            self.clusters
                .iter()
                .filter(|cluster| cluster.parameter_group == name)
        };
        if users().any(Cluster::is_applying) {
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
                .get_mut(&name)
                .is_some_and(|group| group.reset(parameter))
            {
                self.tell_clusters(&name, parameter, None, method, now);
            }
        }
        Ok(name)
    }

    fn tell_clusters(
        &mut self,
        group: &str,
        parameter: &'static ParameterDefinition,
        value: Option<&str>,
        method: ApplyMethod,
        now: Instant,
    ) {
        for cluster in self
            .clusters
            .iter_mut()
            .filter(|cluster| cluster.parameter_group == group)
        {
            cluster.take_change(parameter, value, method, now);
            cluster.advance(now);
        }
    }

    /// ModifyDBCluster; the cluster's identifier.
    ///
    /// # Errors
    /// When the cluster or the group is not there, the group is of another family, or the cluster
    /// is not available.
    pub fn modify_cluster(
        &mut self,
        identifier: &str,
        change: &ClusterChange,
        now: Instant,
    ) -> Result<String, Error> {
        let index = self.cluster_index(identifier)?;
        let cluster = &self.clusters[index];
        if cluster.shown_status() != Status::Available {
            return Err(Error::ClusterState {
                cluster: cluster.identifier.clone(),
                status: cluster.shown_status().as_str().to_owned(),
            });
        }
        let group = match &change.parameter_group {
            Some(name) => {
                let group = self
                    .group(name)
                    .map_err(|_| Error::ClusterParameterGroupNotFound(name.clone()))?;
                if group.family != cluster.family {
                    return Err(Error::WrongFamily {
                        group: group.name.clone(),
                        family: group.family,
                        wanted: cluster.family,
                    });
                }
                Some(group.clone())
            }
            None => None,
        };
        let cluster = &mut self.clusters[index];
        if let Some(enabled) = change.iam_database_authentication {
            cluster.set_iam_database_authentication(enabled, change.apply_immediately, now);
        }
        if let Some(group) = group {
            cluster.attach(&group);
        }
        if change.apply_immediately {
            cluster.apply_pending(now);
        }
        cluster.advance(now);
        Ok(cluster.identifier.clone())
    }

    /// A reboot of an instance begins; its cluster's identifier and whether it is the writer.
    ///
    /// # Errors
    /// When there is no such instance, or it is not available.
    pub fn begin_reboot(&mut self, instance: &str) -> Result<(String, bool), Error> {
        let (cluster, place) = self.instance(instance)?;
        let available = cluster.members[place].status == Status::Available
            && cluster.status == Status::Available;
        if !available {
            return Err(Error::InstanceState(instance.to_owned()));
        }
        let identifier = cluster.identifier.clone();
        let member = &mut self.cluster_mut(&identifier)?.members[place];
        member.status = Status::Rebooting;
        Ok((identifier, member.is_writer))
    }

    /// A reboot of an instance is done: it runs with the values of the group.
    pub fn finish_reboot(&mut self, instance: &str) {
        let Ok((cluster, place)) = self.instance(instance) else {
            return;
        };
        let identifier = cluster.members[place].identifier.clone();
        let name = cluster.identifier.clone();
        if let Some((cluster, group)) = self.cluster_and_group(&name) {
            cluster.boot_member(&identifier, &group);
        }
    }

    /// A transition of a whole cluster begins.
    ///
    /// # Errors
    /// When the cluster is not there or not in a state for it.
    pub fn begin(&mut self, cluster: &str, transition: Transition) -> Result<(), Error> {
        let cluster = self.cluster_mut(cluster)?;
        let name = cluster.identifier.clone();
        let status = cluster.shown_status().as_str().to_owned();
        match transition {
            Transition::Start if cluster.status != Status::Stopped => {
                Err(Error::ClusterNotStopped {
                    cluster: name,
                    status,
                })
            }
            Transition::Failover | Transition::Stop
                if cluster.status != Status::Available
                    || cluster
                        .members
                        .iter()
                        .any(|member| member.status != Status::Available) =>
            {
                Err(Error::ClusterState {
                    cluster: name,
                    status,
                })
            }
            Transition::Failover => {
                cluster.set_status(Status::FailingOver, Status::Rebooting);
                Ok(())
            }
            Transition::Stop => {
                cluster.set_status(Status::Stopping, Status::Stopping);
                Ok(())
            }
            Transition::Start => {
                cluster.set_status(Status::Starting, Status::Starting);
                Ok(())
            }
        }
    }

    /// A transition of a whole cluster is done.
    pub fn finish(&mut self, cluster: &str, transition: Transition) {
        let Some((cluster, group)) = self.cluster_and_group(cluster) else {
            return;
        };
        match transition {
            Transition::Failover => {
                cluster.promote_a_reader();
                cluster.boot(&group);
            }
            Transition::Stop => cluster.set_status(Status::Stopped, Status::Stopped),
            Transition::Start => cluster.boot(&group),
        }
    }

    fn cluster_and_group(&mut self, cluster: &str) -> Option<(&mut Cluster, ParameterGroup)> {
        let index = self.cluster_index(cluster).ok()?;
        let group = self
            .groups
            .get(&self.clusters[index].parameter_group)?
            .clone();
        Some((&mut self.clusters[index], group))
    }

    /// Lets happen what was due by now.
    pub fn advance(&mut self, now: Instant) {
        for cluster in &mut self.clusters {
            cluster.advance(now);
        }
    }

    /// When the next thing will happen by itself.
    pub fn next_due(&self) -> Option<Instant> {
        self.clusters.iter().filter_map(Cluster::next_due).min()
    }
}

/// What can happen to a whole cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// A reader becomes the writer; all instances restart.
    Failover,
    /// All instances stop.
    Stop,
    /// All instances start.
    Start,
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
