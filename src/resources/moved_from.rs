//! Whose resources can be moved here.

/// The provider of the `postgresql_*` resources, as its publishers have it in any registry.
pub(super) const PROVIDERS: [&str; 2] = ["cyrilgdn/postgresql", "hashicorp/postgresql"];
