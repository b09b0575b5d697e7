//! A role that is not the one that is meant, or that nobody may hand over to IAM.

use super::{Advice, import::import_command};

pub(super) fn no_such_role(name: &str, endpoint: &str) -> Advice {
    let detail = format!(
        "There is no role {name:?} on {endpoint}. Check the name (it is case-sensitive), create the role, or set \
         `create_role = true`."
    );
    ("name", detail)
}

pub(super) fn exists(name: &str, id: &str, endpoint: &str, is_ours: bool) -> Advice {
    let import = import_command(id);
    let detail = match is_ours {
        false => format!(
            "The role {name:?} is there already on {endpoint}, and this provider did not create it. Nothing was \
             changed. Leave `create_role` out to manage its grants only. To take it over, so that a destroy drops \
             it, import it and apply again:\n\n{import}"
        ),
        true => format!(
            "The role {name:?} is there already on {endpoint}, with the comment of this provider: an interrupted run \
             created it and did not record it, or another configuration manages it, or another resource of this one (then \
             write a `moved` block, and import nothing). Nothing was changed. If nothing else manages it, import it and \
             apply again:\n\n{import}\n\nWhere `terraform import` says that it is managed already, the state has it as the deposed object \
             of a replacement that did not end: run `terraform state rm ADDRESS` first."
        ),
    };
    ("create_role", detail)
}

pub(super) fn another(name: &str, endpoint: &str, now_called: Option<&str>) -> Advice {
    let fate = match now_called {
        Some(now) => format!("is now called {now:?}"),
        None => "is gone".to_owned(),
    };
    let detail = format!(
        "The role {name:?} on {endpoint} is another one than the role that is managed here, which {fate}. Nothing was \
         changed: it is somebody else's."
    );
    ("name", detail)
}

pub(super) fn taken_away(name: &str, endpoint: &str) -> Advice {
    let detail = format!(
        "Somebody renamed or dropped the role {name:?} on {endpoint} while it was granted. If it was renamed, it \
         keeps what it was granted: give the resource its new name and import it, or revoke that."
    );
    ("name", detail)
}

pub(super) fn reserved(name: &str) -> Advice {
    let detail =
        format!("{name:?} is a role of RDS or PostgreSQL, or a superuser, and stays as it is.");
    ("name", detail)
}

pub(super) fn master(name: &str) -> Advice {
    let detail = format!(
        "{name:?} is the master user, or may be it, as far as the host alone tells. In rds_iam it could log in \
         with IAM tokens only, and nobody could help it out. Use a role of its own for replication."
    );
    ("name", detail)
}

pub(super) fn own_login(name: &str) -> Advice {
    let detail = format!(
        "{name:?} is the user that this provider logs in as. In rds_iam its password would be refused from \
         then on. Use a role of its own for replication."
    );
    ("name", detail)
}

pub(super) fn in_rds_ad(name: &str, path: &[String]) -> Advice {
    let detail = format!(
        "{name:?} is inside rds_ad ({}), and RDS does not combine Kerberos with IAM authentication, nested \
         memberships included. Revoke that membership first.",
        path.join(" -> ")
    );
    ("name", detail)
}

pub(super) fn no_such_group(group: &str, endpoint: &str) -> Advice {
    let at = match group {
        "rds_iam" => "rds_iam",
        _ => "replication_privilege",
    };
    let detail = format!(
        "There is no role {group} on {endpoint}: it is no RDS or Aurora PostgreSQL server."
    );
    (at, detail)
}

pub(super) fn not_in_catalog(name: &str, endpoint: &str, what: &str) -> Advice {
    let detail = format!(
        "The statements for {name:?} succeeded on {endpoint}, but the catalog does not show {what}. Everything \
         was rolled back. Look for warnings in the server's log."
    );
    ("name", detail)
}
