//! One module for each resource, mirrored to `src/resources`.

mod blast_radius;
mod publisher;
mod replication_parameter;
mod replication_parameter_elsewhere;
mod replication_parameter_prerequisites;
mod replication_user;
mod replication_user_databases;
mod replication_user_lifecycle;
mod replication_user_password;
mod replication_user_proof;
