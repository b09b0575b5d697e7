//! The group that was left with the parameter on: `terraform destroy` shows no warning of its refresh, so a
//! destroy has to say it.

use tfplugin::{Diagnostic, Private};

use super::{
    Model, PARAMETER, is_on, retains,
    target::{Target, known_group},
};
use crate::aws::rds::parameter_group::GroupName;

/// Where the private data keeps the name of the group.
const LEFT: &str = "left_group";

/// Records that a publisher has left a group for another. Of several moves the group that counts is the one of the
/// last apply, if the parameter was on there.
pub(super) fn record(private: &mut Private, before: &Model, left: &GroupName, now: &GroupName) {
    match private.get::<String>(LEFT) {
        Some(recorded) if recorded.eq_ignore_ascii_case(now.as_str()) => forget(private),
        Some(_) => {}
        None if is_on(&before.enabled) => {
            // A text always has a JSON form.
            let _ = private.set(LEFT, &left.as_str());
        }
        None => {}
    }
}

/// Forgets it: the parameter was applied in the group that is in use now.
pub(super) fn forget(private: &mut Private) {
    private.remove(LEFT);
}

/// The warning of a destroy, which `resets` the parameter where it is now or not; `None` where no group was left, or
/// all is to stay as it is.
pub(super) fn warning(prior: &Model, private: &Private, resets: bool) -> Option<Diagnostic> {
    let target = Target::from_model(prior).filter(|_| !retains(prior))?;
    let left = target.group(private.get::<String>(LEFT)?);
    let reset = match known_group(prior).filter(|_| resets) {
        Some(now) => {
            format!(
                " What a destroy resets is the parameter in the {now}, where nothing was applied since."
            )
        }
        None => String::new(),
    };
    Some(
        Diagnostic::warning(
            "Replication Parameter Left In Another Group",
            format!(
                "{PARAMETER} was 1 in the {left} when another group came into use in its place, and stays set there: a group \
                 that was left is never touched. Reset it there, if nobody needs it.{reset}"
            ),
        )
        .at(target.attribute()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_keeps_the_group_of_the_last_apply_until_it_is_in_use_again() {
        let mut private = Private::default();
        let moved = |private: &mut Private, enabled: bool, left: &str, now: &str| {
            let before = Model {
                enabled: enabled.into(),
                ..Model::unread()
            };
            let (left, now) = (GroupName::cluster(left), GroupName::cluster(now));
            record(private, &before, &left, &now);
            private.get::<String>(LEFT)
        };
        assert_eq!(moved(&mut private, false, "a", "b"), None);
        let a = Some("a".to_owned());
        assert_eq!(moved(&mut private, true, "a", "b"), a);
        assert_eq!(moved(&mut private, true, "b", "c"), a);
        assert_eq!(moved(&mut private, true, "c", "A"), None);
    }
}
