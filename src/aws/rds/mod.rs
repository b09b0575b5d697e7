//! Amazon RDS: clusters, their parameter groups, and waiting for a change to be in effect.

pub(super) mod cache;
pub mod db_cluster;
pub mod db_instance;
pub mod parameter_group;
pub mod wait;
