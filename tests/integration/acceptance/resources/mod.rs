//! One module for each resource, mirrored to `src/resources`.

mod blast_radius;
mod imported_by_identity;
mod publisher;
mod replication_parameter;
mod replication_parameter_elsewhere;
mod replication_parameter_prerequisites;
mod replication_user;
mod replication_user_adopted;
mod replication_user_claims;
mod replication_user_concurrent;
mod replication_user_databases;
mod replication_user_drift;
mod replication_user_elsewhere;
mod replication_user_iam_authentication;
mod replication_user_lifecycle;
mod replication_user_memberships;
mod replication_user_moved;
mod replication_user_names;
mod replication_user_object;
mod replication_user_password;
mod replication_user_proof;
mod replication_user_races;
mod unknown_elements;
mod unknown_names;
