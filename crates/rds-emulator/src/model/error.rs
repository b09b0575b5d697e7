//! Why an operation on the pretended account is refused, in RDS's terms.

use super::{Family, parameter_group::GroupKind};

/// A refusal. What the API makes of it (code, HTTP status) is in `api::error`; the texts are
/// those that RDS uses, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter group action names a group that is not there.
    #[error("{0} not found: {1}")]
    ParameterGroupNotFound(GroupKind, String),
    /// A cluster action names a group that is not there.
    #[error("DBClusterParameterGroup not found: {0}")]
    ClusterParameterGroupNotFound(String),
    /// No cluster of that name.
    #[error("DBCluster {0} not found.")]
    ClusterNotFound(String),
    /// No instance of that name.
    #[error("DBInstance {0} not found.")]
    InstanceNotFound(String),
    /// What should be an ARN is none.
    #[error("Invalid resource name: {0}")]
    NoArn(String),
    /// The ARN is of another service, Region or account, or of a kind of thing that is not here.
    #[error("The specified resource name does not match an RDS resource in this region.")]
    ForeignArn,
    /// The groups that RDS owns cannot be changed.
    #[error("Cannot modify a default parameter group.")]
    DefaultGroupModified,
    /// The groups that RDS owns cannot be deleted.
    #[error("Default DBParameterGroup cannot be deleted: {0}")]
    DefaultGroupDeleted(String),
    /// A cluster or an instance uses the group.
    #[error(
        "One or more database instances are still members of this parameter group {0}, so the group cannot be deleted"
    )]
    GroupInUse(String),
    /// Members are still taking in the last change.
    #[error("The parameter group {0} has pending changes, so it cannot be reset")]
    PendingChanges(String),
    /// There is a group of that name.
    #[error("Parameter group {0} already exists")]
    GroupExists(String),
    /// The account has as many groups as it may have.
    #[error("You have reached the maximum of {1} DB {words}s.", words = .0.in_words())]
    GroupQuota(GroupKind, usize),
    /// The name cannot be that of a group.
    #[error(
        "The parameter {0}Name is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )]
    GroupName(GroupKind),
    /// There is no such family.
    #[error("ParameterGroupFamily {0} is not a valid parameter group family")]
    UnknownFamily(String),
    /// The group is of another major version or engine than its user.
    #[error(
        "The parameter group {group} with DBParameterGroupFamily {family} can't be used for this {user}. Use a parameter group with DBParameterGroupFamily {wanted}", user = .kind.user()
    )]
    WrongFamily {
        /// Its kind.
        kind: GroupKind,
        /// The group.
        group: String,
        /// Its family.
        family: Family,
        /// The user's family.
        wanted: Family,
    },
    /// The family has no such parameter.
    #[error("Could not find parameter with name: {0}")]
    UnknownParameter(String),
    /// RDS keeps this parameter to itself.
    #[error("The parameter {0} cannot be modified.")]
    NotModifiable(String),
    /// The value is none of the allowed ones.
    #[error("Invalid parameter value: {value} for: {name} allowed values are: {allowed}")]
    ValueNotAllowed {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
        /// What would be allowed.
        allowed: String,
    },
    /// A static parameter cannot change at once. RDS does not say which.
    #[error("cannot use immediate apply method for static parameter")]
    ImmediateStatic,
    /// A request may not hold as many parameters.
    #[error("Cannot modify more than {0} parameters in a single request")]
    TooManyParameters(usize),
    /// A request without a change.
    #[error("No modifications were requested")]
    NoModifications,
    /// The cluster is not in a state for it.
    #[error("DBCluster {cluster} is not in available state; its status is {status}.")]
    ClusterState {
        /// The cluster.
        cluster: String,
        /// Its status.
        status: String,
    },
    /// The cluster or instance is not stopped.
    #[error("{identifier} is not stopped; its status is {status}.")]
    NotStopped {
        /// The cluster or instance.
        identifier: String,
        /// Its status.
        status: String,
    },
    /// Only Multi-AZ DB clusters are rebooted as a whole.
    #[error("DBCluster {0} is not a Multi-AZ DB cluster; reboot its DB instances instead.")]
    ClusterReboot(String),
    /// The instance is not in a state for it.
    #[error("Database instance is not in available state: {0}")]
    InstanceState(String),
    /// The instance is not in a state to be rebooted.
    #[error("Instance cannot currently reboot due to an in-progress management operation.")]
    InstanceReboot(String),
    /// There is nothing to fail over to.
    #[error("DBInstance {0} has no standby to fail over to.")]
    NoStandby(String),
    /// Multi-AZ DB clusters have no blue/green deployments.
    #[error("Blue/green deployments do not support the Multi-AZ DB cluster {0}.")]
    NoBlueGreenDeployment(String),
    /// Nobody has taken a snapshot of it.
    #[error("There is no snapshot of {0}.")]
    SnapshotNotFound(String),
    /// The cluster decides for its members.
    #[error(
        "{parameter} of DBInstance {instance} cannot be modified: it is a member of a DB cluster."
    )]
    MemberModified {
        /// The instance.
        instance: String,
        /// The parameter of the request.
        parameter: &'static str,
    },
}
