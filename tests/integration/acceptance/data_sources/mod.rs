//! One module for each data source, mirrored to `src/data_sources`.

mod replication_slots;
mod replication_status;
mod replication_status_checks;
mod replication_users;
