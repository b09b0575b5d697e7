//! PostgreSQL as RDS ships it.
