//! One DB cluster: its members, what runs in them, and what is on its way there.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{
    Secret,
    catalogue::{
        ApplyMethod, ApplyType, FORCE_SSL, Family, IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION,
        ParameterDefinition,
    },
    parameter_group::ParameterGroup,
};
use crate::gate::GateSettings;

/// How a cluster behaves where RDS's own behaviour varies or is not documented.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Seconds from an accepted change until it is in effect, and that a reboot takes at least;
    /// defaults to 0.2.
    pub apply_seconds: f64,
    /// How many readings after a change still show the members' status from before it; defaults
    /// to 1.
    pub stale_readings: u32,
    /// Whether the implicit membership of a role's creator (PostgreSQL 16 and later) counts when
    /// the gate asks who must use IAM; defaults to true, as in stock PostgreSQL.
    pub creator_row_counts: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            apply_seconds: 0.2,
            stale_readings: 1,
            creator_row_counts: true,
        }
    }
}

impl Behaviour {
    /// [`Behaviour::apply_seconds`] as a duration; zero where it is none.
    pub fn apply_time(&self) -> Duration {
        Duration::try_from_secs_f64(self.apply_seconds).unwrap_or_default()
    }
}

/// `Status` of a cluster or `DBInstanceStatus` of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// In service.
    Available,
    /// The IAM flag is being changed; connections go on.
    ConfiguringIamDatabaseAuth,
    /// A reader becomes the writer.
    FailingOver,
    /// An instance restarts.
    Rebooting,
    /// On its way up.
    Starting,
    /// Down.
    Stopped,
    /// On its way down.
    Stopping,
}

impl Status {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::ConfiguringIamDatabaseAuth => "configuring-iam-database-auth",
            Self::FailingOver => "failing-over",
            Self::Rebooting => "rebooting",
            Self::Starting => "starting",
            Self::Stopped => "stopped",
            Self::Stopping => "stopping",
        }
    }
}

/// The secret that RDS keeps for the master user.
#[derive(Clone, Debug)]
pub struct MasterSecret {
    /// `SecretArn`.
    pub arn: String,
    /// `Name`: `rds!cluster-` and a UUID.
    pub name: String,
    /// `VersionId`.
    pub version_id: String,
    /// The password in it.
    pub password: Secret,
}

/// A value on its way to a member.
#[derive(Clone, Debug)]
struct Change {
    name: &'static str,
    /// `None` is the default.
    value: Option<String>,
    due: Instant,
}

/// The status from before a change, for the readings that come too early.
#[derive(Clone, Debug)]
struct Stale {
    status: &'static str,
    readings_left: u32,
}

/// An instance of a cluster.
#[derive(Clone, Debug)]
pub struct Member {
    /// `DBInstanceIdentifier`.
    pub identifier: String,
    /// `DbiResourceId`.
    pub resource_id: String,
    /// `IsClusterWriter`.
    pub is_writer: bool,
    /// `DBInstanceStatus`.
    pub status: Status,
    /// The values that somebody had set when they were taken in, by parameter name.
    running: BTreeMap<&'static str, String>,
    applying: Vec<Change>,
    pending_reboot: bool,
    stale: Option<Stale>,
}

impl Member {
    /// An instance that runs with the group's values.
    pub fn new(
        identifier: String,
        resource_id: String,
        is_writer: bool,
        group: &ParameterGroup,
    ) -> Self {
        Self {
            identifier,
            resource_id,
            is_writer,
            status: Status::Available,
            running: group.values(),
            applying: Vec::new(),
            pending_reboot: false,
            stale: None,
        }
    }

    /// `DBClusterParameterGroupStatus`, as it is.
    pub fn parameter_group_status(&self) -> &'static str {
        if self.pending_reboot {
            "pending-reboot"
        } else if self.applying.is_empty() {
            "in-sync"
        } else {
            "applying"
        }
    }

    /// `DBClusterParameterGroupStatus`, as a reader is told; counts as one reading.
    pub fn read_parameter_group_status(&mut self) -> &'static str {
        match &mut self.stale {
            Some(stale) if stale.readings_left > 0 => {
                stale.readings_left -= 1;
                stale.status
            }
            _ => self.parameter_group_status(),
        }
    }

    fn expect_stale_readings(&mut self, readings: u32) {
        let status = self.parameter_group_status();
        self.stale = Some(Stale {
            status,
            readings_left: readings,
        });
    }

    fn boot(&mut self, group: &ParameterGroup) {
        self.running = group.values();
        self.applying.clear();
        self.pending_reboot = false;
        self.stale = None;
        self.status = Status::Available;
    }

    fn advance(&mut self, now: Instant) {
        let due = self
            .applying
            .iter()
            .take_while(|change| change.due <= now)
            .count();
        for change in self.applying.drain(..due) {
            match change.value {
                Some(value) => self.running.insert(change.name, value),
                None => self.running.remove(change.name),
            };
        }
    }

    /// Whether a boolean parameter is on in the running server.
    fn runs_with(&self, family: Family, name: &str) -> bool {
        let default = || {
            family
                .parameter(name)
                .and_then(|parameter| parameter.default_value)
        };
        self.running.get(name).map(String::as_str).or_else(default) == Some("1")
    }
}

/// `IAMDatabaseAuthenticationEnabled` with what is to become of it.
#[derive(Clone, Debug)]
struct IamDatabaseAuthentication {
    enabled: bool,
    pending: Option<bool>,
    /// When the pending value takes effect; `None` is the maintenance window, which never comes.
    due: Option<Instant>,
    /// Readings that still say `available` although the change has begun.
    stale_readings_left: u32,
}

/// A DB cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `DBClusterIdentifier`.
    pub identifier: String,
    /// `DbClusterResourceId`.
    pub resource_id: String,
    /// `DBClusterParameterGroup`.
    pub parameter_group: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// The family of the engine version.
    pub family: Family,
    /// `Endpoint`.
    pub endpoint: String,
    /// `ReaderEndpoint`.
    pub reader_endpoint: String,
    /// `Port`.
    pub port: u16,
    /// `DatabaseName`.
    pub database: String,
    /// `MasterUsername`.
    pub master_username: String,
    /// `MasterUserSecret`.
    pub master_secret: MasterSecret,
    /// `Status`.
    pub status: Status,
    /// `DBClusterMembers`.
    pub members: Vec<Member>,
    /// What can be set at the control endpoint.
    pub behaviour: Behaviour,
    iam: IamDatabaseAuthentication,
}

/// What a new cluster is made of.
#[derive(Clone, Debug)]
pub struct NewCluster {
    /// `DBClusterIdentifier`.
    pub identifier: String,
    /// `DbClusterResourceId`.
    pub resource_id: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// The family of the engine version.
    pub family: Family,
    /// What host names end with: `.UNIQUE.REGION.rds.amazonaws.com` without the first dot.
    pub domain: String,
    /// `Port`.
    pub port: u16,
    /// `DatabaseName`.
    pub database: String,
    /// `MasterUsername`.
    pub master_username: String,
    /// `MasterUserSecret`.
    pub master_secret: MasterSecret,
    /// How it behaves.
    pub behaviour: Behaviour,
}

impl Cluster {
    /// A cluster as somebody's existing one: IAM authentication on, a writer and a reader that
    /// run with the group's values.
    pub fn new(new: NewCluster, group: &ParameterGroup, resource_ids: [String; 2]) -> Self {
        let identifier = new.identifier;
        let [writer, reader] = resource_ids;
        Self {
            members: vec![
                Member::new(format!("{identifier}-1"), writer, true, group),
                Member::new(format!("{identifier}-2"), reader, false, group),
            ],
            endpoint: format!("{identifier}.cluster-{}", new.domain),
            reader_endpoint: format!("{identifier}.cluster-ro-{}", new.domain),
            parameter_group: group.name.clone(),
            identifier,
            resource_id: new.resource_id,
            engine_version: new.engine_version,
            family: new.family,
            port: new.port,
            database: new.database,
            master_username: new.master_username,
            master_secret: new.master_secret,
            status: Status::Available,
            behaviour: new.behaviour,
            iam: IamDatabaseAuthentication {
                enabled: true,
                pending: None,
                due: None,
                stale_readings_left: 0,
            },
        }
    }

    /// `IAMDatabaseAuthenticationEnabled`.
    pub fn iam_database_authentication(&self) -> bool {
        self.iam.enabled
    }

    /// `PendingModifiedValues.IAMDatabaseAuthenticationEnabled`.
    pub fn pending_iam_database_authentication(&self) -> Option<bool> {
        self.iam.pending
    }

    /// Whether a change is still on its way to a member.
    pub fn is_applying(&self) -> bool {
        self.members
            .iter()
            .any(|member| !member.applying.is_empty())
    }

    /// A value of the group has changed; `None` is the default.
    pub(super) fn take_change(
        &mut self,
        parameter: &'static ParameterDefinition,
        value: Option<&str>,
        apply_method: ApplyMethod,
        now: Instant,
    ) {
        let at_once = parameter.apply_type == ApplyType::Dynamic
            && apply_method == ApplyMethod::Immediate
            // What is down takes everything in when it starts.
            && !matches!(self.status, Status::Stopped | Status::Stopping);
        for member in &mut self.members {
            member.expect_stale_readings(self.behaviour.stale_readings);
            if at_once {
                let after_the_last = member.applying.last().map(|change| change.due);
                let due = now + self.behaviour.apply_time();
                member.applying.push(Change {
                    name: parameter.name,
                    value: value.map(str::to_owned),
                    due: after_the_last.map_or(due, |last| last.max(due)),
                });
            } else {
                member.pending_reboot = true;
            }
        }
    }

    /// Another group is attached. Its values, dynamic ones too, wait for a reboot of each member.
    pub(super) fn attach(&mut self, group: &ParameterGroup) {
        if self.parameter_group == group.name {
            return;
        }
        self.parameter_group.clone_from(&group.name);
        for member in &mut self.members {
            member.expect_stale_readings(self.behaviour.stale_readings);
            member.pending_reboot = true;
        }
    }

    /// Changes the IAM flag now, or in a maintenance window that never comes.
    pub(super) fn set_iam_database_authentication(
        &mut self,
        enabled: bool,
        immediately: bool,
        now: Instant,
    ) {
        if enabled == self.iam.enabled {
            self.iam.pending = None;
            self.iam.due = None;
            return;
        }
        self.iam.pending = Some(enabled);
        self.iam.due = None;
        if immediately {
            self.apply_pending(now);
        }
    }

    /// What still waits for the maintenance window happens now.
    pub(super) fn apply_pending(&mut self, now: Instant) {
        if self.iam.pending.is_some() && self.iam.due.is_none() {
            self.iam.due = Some(now + self.behaviour.apply_time());
            self.iam.stale_readings_left = self.behaviour.stale_readings;
        }
    }

    /// `Status` as a reader is told; counts as one reading. RDS may say `available` while the
    /// value is still pending.
    pub fn read_status(&mut self) -> Status {
        if self.iam.stale_readings_left > 0 {
            self.iam.stale_readings_left -= 1;
            return self.status;
        }
        self.shown_status()
    }

    /// `Status` as the API shows it.
    pub fn shown_status(&self) -> Status {
        match self.status {
            Status::Available if self.iam.due.is_some() => Status::ConfiguringIamDatabaseAuth,
            status => status,
        }
    }

    /// A member has restarted with the group's values.
    pub(super) fn boot_member(&mut self, identifier: &str, group: &ParameterGroup) {
        if let Some(member) = self
            .members
            .iter_mut()
            .find(|member| member.identifier == identifier)
        {
            member.boot(group);
        }
    }

    /// All members have restarted with the group's values.
    pub(super) fn boot(&mut self, group: &ParameterGroup) {
        for member in &mut self.members {
            member.boot(group);
        }
        self.status = Status::Available;
    }

    /// Cluster and members change their status together.
    pub(super) fn set_status(&mut self, cluster: Status, members: Status) {
        self.status = cluster;
        for member in &mut self.members {
            member.status = members;
        }
    }

    /// The next reader becomes the writer.
    pub(super) fn promote_a_reader(&mut self) {
        let writer = self
            .members
            .iter()
            .position(|member| member.is_writer)
            .unwrap_or(0);
        let next = (writer + 1) % self.members.len().max(1);
        for (index, member) in self.members.iter_mut().enumerate() {
            member.is_writer = index == next;
        }
    }

    /// Lets happen what was due by now.
    pub(super) fn advance(&mut self, now: Instant) {
        for member in &mut self.members {
            member.advance(now);
        }
        if self.iam.due.is_some_and(|due| due <= now) {
            self.iam.due = None;
            if let Some(enabled) = self.iam.pending.take() {
                self.iam.enabled = enabled;
            }
        }
    }

    /// When the next thing will happen by itself.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let changes = self
            .members
            .iter()
            .flat_map(|member| member.applying.first());
        changes.map(|change| change.due).chain(self.iam.due).min()
    }

    /// What the gate enforces: the values that run in the writer.
    pub fn gate_settings(&self) -> GateSettings {
        let writer = self.members.iter().find(|member| member.is_writer);
        let runs_with = |name| writer.is_some_and(|writer| writer.runs_with(self.family, name));
        GateSettings {
            available: self.status == Status::Available
                && writer.is_some_and(|writer| writer.status == Status::Available),
            iam_database_authentication: self.iam.enabled,
            logical_replication: runs_with(LOGICAL_REPLICATION),
            iam_auth_for_replication: runs_with(IAM_AUTH_FOR_REPLICATION),
            force_ssl: runs_with(FORCE_SSL),
            creator_row_counts: self.behaviour.creator_row_counts,
        }
    }
}
