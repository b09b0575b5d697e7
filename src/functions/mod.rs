//! The functions, one file each: signature, and what they compute.

mod db_user_arn;

pub use self::db_user_arn::DbUserArn;
