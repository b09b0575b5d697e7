//! The integration tests, in one binary with a module for each level:
//!
//! * [`grpc`]: the built provider over the real transport, with a gRPC client of our own: what only
//!   newer CLIs call.
//! * [`postgres`]: `src/postgres` against real servers behind the stand-in's gate. No Terraform.
//! * [`rds`]: `src/aws` against the stand-in's RDS API. No Terraform, no SQL.
//! * [`acceptance`]: the real CLI and the built provider over the real transport. What single
//!   functions answer is not repeated here.
//! * [`repository`]: examples and documentation against the built provider's schema.
//!
//! What differs with the major version of PostgreSQL is written once, and run on those under test: see
//! [`support::on_both_sides_of_16`].
//!
//! A missing CLI, server or GnuPG fails with how to install it; only the tests against moto say that there
//! is no Python, those through pgbouncer that it is not installed, and those of what the CLI under test cannot do ([`support::Ability`]) that it cannot, and
//! do nothing. `TF_CLI` names another CLI than `terraform`.

mod acceptance;
mod grpc;
mod postgres;
mod rds;
mod repository;
mod support;
