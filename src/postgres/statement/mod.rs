//! The statements, as text: pure, and by what they are about.

mod activity;
mod grant;
mod lock;
mod membership;
mod publication;
mod published;
mod role;
mod session;
mod slot;
mod snapshot;
mod table;

pub(super) use self::{
    activity::select_activity,
    grant::{
        Right, Which, begin_on_grants, give, give_again_with_option, select_missing_roles,
        select_places, select_readers, select_takeable, take, take_all,
    },
    lock::{begin, mark_probation, wait_for_role},
    membership::{grant, revoke},
    publication::{
        add_to_publication, alter_publication_owner, begin_on_publication, comment_publication,
        create_publication, drop_from_publication, drop_publication, lock_out_writers,
        select_publications, select_streams, set_publication,
    },
    role::{
        about_object, alter_password, alter_replication, comment_role, create_role, drop_role,
        drop_role_if_exists, select_dependents, select_is_there,
    },
    session::{select_sessions, select_walsenders, terminate_sessions, terminate_walsenders},
    slot::{
        alter_slot, begin_on_slot, copy_slot, create_slot, create_temporary_slot, drop_slot,
        look_up_rights, select_backend, select_capacity, select_missing_publications,
        select_open_transactions, select_slots, terminate_backend, terminate_user_of_slot,
    },
    snapshot::Coverage,
    table::{
        select_all_tables, select_faulty_tables, select_joining_tables, select_tables,
        select_writers,
    },
};

/// The name under which the server lists the provider's sessions.
pub(super) const APPLICATION_NAME: &str = "terraform-provider-rdsiam";
/// The comment on what the provider creates: whoever finds it knows where it comes from.
pub const COMMENT: &str = "Created by terraform-provider-rdsiam";
