//! The ephemeral resources, one file each: schema, model, open.

mod auth_token;

pub use self::auth_token::AuthToken;
