//! The functions, called by the CLI.

mod db_user_arn;
