//! Why an operation on the pretended account is refused, in RDS's terms.

use super::Family;

/// A refusal. What the API makes of it (code, HTTP status) is in `api::error`; the texts are
/// those that RDS uses, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter group action names a group that is not there.
    #[error("DBClusterParameterGroup not found: {0}")]
    ParameterGroupNotFound(String),
    /// A cluster action names a group that is not there.
    #[error("DBClusterParameterGroup not found: {0}")]
    ClusterParameterGroupNotFound(String),
    /// No cluster of that name.
    #[error("DBCluster {0} not found.")]
    ClusterNotFound(String),
    /// No instance of that name.
    #[error("DBInstance {0} not found.")]
    InstanceNotFound(String),
    /// The groups that RDS owns cannot be changed.
    #[error("Cannot modify a default parameter group.")]
    DefaultGroupModified,
    /// The groups that RDS owns cannot be deleted.
    #[error("Default DBParameterGroup cannot be deleted: {0}")]
    DefaultGroupDeleted(String),
    /// A cluster uses the group.
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
    #[error("You have reached the maximum of {0} DB cluster parameter groups.")]
    GroupQuota(usize),
    /// The name cannot be that of a group.
    #[error(
        "The parameter DBClusterParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
    )]
    GroupName(String),
    /// There is no such family.
    #[error("ParameterGroupFamily {0} is not a valid parameter group family")]
    UnknownFamily(String),
    /// The group is of another major version than the cluster.
    #[error(
        "The parameter group {group} with DBParameterGroupFamily {family} can't be used for this cluster. Use a parameter group with DBParameterGroupFamily {wanted}"
    )]
    WrongFamily {
        /// The group.
        group: String,
        /// Its family.
        family: Family,
        /// The cluster's family.
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
    /// The cluster is not stopped.
    #[error("DBCluster {cluster} is not stopped; its status is {status}.")]
    ClusterNotStopped {
        /// The cluster.
        cluster: String,
        /// Its status.
        status: String,
    },
    /// The instance is not in a state for it.
    #[error("Instance cannot currently reboot due to an in-progress management operation.")]
    InstanceState(String),
}
