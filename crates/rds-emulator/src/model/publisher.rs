//! One publisher, a DB cluster or a DB instance that stands alone: its members and settings.

use std::time::{Duration, Instant};

use super::{
    Family,
    catalog::{
        ApplyMethod, ApplyType, FORCE_SSL, IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION,
        ParameterDefinition, RESTRICT_PASSWORD_COMMANDS,
    },
    error::Error,
    kind::Kind,
    master_secret::MasterSecret,
    member::{Member, Status},
    parameter_group::{GroupKind, ParameterGroup},
    resource_id,
    running_settings::RunningSettings,
};

/// How a publisher behaves where RDS's own behaviour varies or is not documented.
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
    /// Whether a member of `rds_superuser` may publish all tables of a schema, as it may publish all of a database; AWS
    /// does not say. Defaults to false, as in stock PostgreSQL.
    pub publishes_schemas: bool,
    /// Whether the logical slots that were there when a snapshot was taken are there again when it is restored; AWS
    /// does not say. Defaults to false.
    pub restores_slots: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            apply_seconds: 0.2,
            stale_readings: 1,
            creator_row_counts: true,
            publishes_schemas: false,
            restores_slots: false,
        }
    }
}

impl Behaviour {
    /// [`Behaviour::apply_seconds`] as a duration; zero where it is none.
    pub fn apply_time(&self) -> Duration {
        Duration::try_from_secs_f64(self.apply_seconds).unwrap_or_default()
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

/// A DB cluster, or a DB instance that stands alone, which is its own only member.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// `DBClusterIdentifier` or `DBInstanceIdentifier`.
    pub identifier: String,
    /// What it is.
    pub kind: Kind,
    /// `DbClusterResourceId` or `DbiResourceId`.
    pub resource_id: String,
    /// `DBClusterParameterGroup` or `DBParameterGroupName`.
    pub parameter_group: String,
    /// `EngineVersion`.
    pub engine_version: String,
    /// The family of the engine version.
    pub family: Family,
    /// What host names end with: `UNIQUE.REGION.rds.amazonaws.com`.
    pub domain: String,
    /// `Endpoint`.
    pub endpoint: String,
    /// `ReaderEndpoint`; an instance has none.
    pub reader_endpoint: Option<String>,
    /// `Port`.
    pub port: u16,
    /// `DatabaseName` or `DBName`.
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
    /// Whether somebody has taken a snapshot of it.
    pub(super) has_snapshot: bool,
    iam: IamDatabaseAuthentication,
}

/// What a new publisher is made of.
#[derive(Clone, Debug)]
pub struct NewPublisher {
    /// `DBClusterIdentifier` or `DBInstanceIdentifier`.
    pub identifier: String,
    /// What it is.
    pub kind: Kind,
    /// `EngineVersion`.
    pub engine_version: String,
    /// What host names end with: `UNIQUE.REGION.rds.amazonaws.com`.
    pub domain: String,
    /// `Port`.
    pub port: u16,
    /// `DatabaseName` or `DBName`.
    pub database: String,
    /// `MasterUsername`.
    pub master_username: String,
    /// `MasterUserSecret`.
    pub master_secret: MasterSecret,
    /// How it behaves.
    pub behaviour: Behaviour,
}

impl Publisher {
    /// A publisher as somebody's existing one: IAM authentication on, members that run with the
    /// group's values, the first of them the writer.
    pub fn new(new: NewPublisher, group: &ParameterGroup) -> Self {
        let NewPublisher {
            identifier,
            kind,
            domain,
            ..
        } = new;
        let members = kind
            .member_identifiers(&identifier)
            .into_iter()
            .enumerate()
            .map(|(index, member)| Member::new(member, index == 0, group))
            .collect::<Vec<_>>();
        let infix = if kind.is_cluster() { "cluster-" } else { "" };
        Self {
            endpoint: format!("{identifier}.{infix}{domain}"),
            reader_endpoint: kind
                .is_cluster()
                .then(|| format!("{identifier}.cluster-ro-{domain}")),
            parameter_group: group.name.clone(),
            identifier,
            kind,
            resource_id: resource_id_of(kind, &members),
            members,
            engine_version: new.engine_version,
            family: group.family,
            domain,
            port: new.port,
            database: new.database,
            master_username: new.master_username,
            master_secret: new.master_secret,
            status: Status::Available,
            behaviour: new.behaviour,
            has_snapshot: false,
            iam: IamDatabaseAuthentication {
                enabled: true,
                pending: None,
                due: None,
                stale_readings_left: 0,
            },
        }
    }

    /// What bears its name is another one from now on.
    pub(super) fn take_new_resource_ids(&mut self) {
        for member in &mut self.members {
            member.resource_id = resource_id::of_instance();
        }
        self.resource_id = resource_id_of(self.kind, &self.members);
    }

    /// Whether it uses a parameter group.
    pub fn uses(&self, kind: GroupKind, name: &str) -> bool {
        self.kind.group_kind() == kind && self.parameter_group == name
    }

    /// The host name of a member's own endpoint.
    pub fn member_address(&self, member: &Member) -> String {
        format!("{}.{}", member.identifier, self.domain)
    }

    /// Refuses what only an available publisher can be put through.
    ///
    /// # Errors
    /// When its status is another one.
    pub(super) fn check_available(&self) -> Result<(), Error> {
        match self.shown_status() {
            Status::Available => Ok(()),
            _ => Err(self.unavailable()),
        }
    }

    /// Refuses what only a publisher with all of its members up can be put through; the IAM flag
    /// may be changing.
    ///
    /// # Errors
    /// When it or one of them is not.
    pub(super) fn check_running(&self) -> Result<(), Error> {
        let members = self.members.iter().map(|member| member.status);
        if std::iter::once(self.status)
            .chain(members)
            .all(|status| status == Status::Available)
        {
            Ok(())
        } else {
            Err(self.unavailable())
        }
    }

    fn unavailable(&self) -> Error {
        if self.kind.is_cluster() {
            Error::ClusterState {
                cluster: self.identifier.clone(),
                status: self.shown_status().as_str().to_owned(),
            }
        } else {
            Error::InstanceState(self.identifier.clone())
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
        self.members.iter().any(Member::is_applying)
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
        let due = now + self.behaviour.apply_time();
        for member in &mut self.members {
            if at_once {
                member.apply(parameter, value, due, self.behaviour.stale_readings);
            } else {
                member.await_reboot(self.behaviour.stale_readings);
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
            member.await_reboot(self.behaviour.stale_readings);
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

    /// The publisher and its members change their status together.
    pub(super) fn set_status(&mut self, publisher: Status, members: Status) {
        self.status = publisher;
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
        let changes = self.members.iter().filter_map(Member::next_due);
        changes.chain(self.iam.due).min()
    }

    /// What the gate enforces: the values that run in the writer.
    pub fn running_settings(&self) -> RunningSettings {
        let writer = self.members.iter().find(|member| member.is_writer);
        let runs_with = |name| writer.is_some_and(|writer| writer.runs_with(self.family, name));
        RunningSettings {
            available: self.status == Status::Available
                && writer.is_some_and(|writer| writer.status == Status::Available),
            iam_database_authentication: self.iam.enabled,
            logical_replication: runs_with(LOGICAL_REPLICATION),
            iam_auth_for_replication: runs_with(IAM_AUTH_FOR_REPLICATION),
            force_ssl: runs_with(FORCE_SSL),
            restrict_password_commands: runs_with(RESTRICT_PASSWORD_COMMANDS),
            creator_row_counts: self.behaviour.creator_row_counts,
            publishes_schemas: self.behaviour.publishes_schemas,
        }
    }
}

/// The id of a publisher with these members, one of which it may be itself.
fn resource_id_of(kind: Kind, members: &[Member]) -> String {
    match members {
        [itself] if !kind.is_cluster() => itself.resource_id.clone(),
        _ => resource_id::of_cluster(),
    }
}
