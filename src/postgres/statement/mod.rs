//! The statements, as text: pure, and by what they are about.

mod activity;
mod lock;
mod membership;
mod role;
mod session;
mod snapshot;

pub(super) use self::{
    activity::select_activity,
    lock::{begin, mark_probation, wait_for_role},
    membership::{grant, revoke},
    role::{
        about_object, alter_password, alter_replication, comment_role, create_role, drop_role,
        drop_role_if_exists, select_dependents, select_is_there,
    },
    session::{select_sessions, select_walsenders, terminate_sessions, terminate_walsenders},
    snapshot::Coverage,
};

/// The name under which the server lists the provider's sessions.
pub(super) const APPLICATION_NAME: &str = "terraform-provider-rdsiam";
/// The comment on roles that the provider creates: whoever finds such a role knows where it comes from.
pub const COMMENT: &str = "Created by terraform-provider-rdsiam";
