//! A slot that was created, for the first time or again.

use tfplugin::{Diagnostic, Diagnostics, Private};

use super::{evidence::Evidence, model::Model};
use crate::{
    aws::rds::publisher::Publisher, connection::OpenDatabase, postgres::manage_slot::Created,
    resources::in_database::InDatabase as _,
};

/// Stores what was created, and where; says what there is to say of it.
pub(super) fn store(
    planned: &mut Model,
    private: &mut Private,
    opened: &OpenDatabase,
    publisher: Option<&Publisher>,
    created: &Created,
) -> Diagnostics {
    let slot = &created.slot;
    Evidence::server(created.version, publisher)
        .with(slot)
        .record(private);
    planned.database = slot.database.clone().into();
    planned.consistent_point = slot.confirmed_flush_lsn.map(|lsn| lsn.to_string()).into();
    planned.id = planned.id_in(&opened.database).into();
    let mut reported = Diagnostics::new();
    if let Some(error) = &created.answer_lost {
        let name = planned.name.or_default();
        reported.push(
            Diagnostic::warning(
                "Replication Slot Created Without An Answer",
                format!(
                    "The slot {name:?} is there, and is managed from now on. The server's answer did not arrive: {error}."
                ),
            )
            .at("name"),
        );
    }
    reported
}
