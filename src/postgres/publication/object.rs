//! Which object a publication is: its name outlives it.

use serde::{Deserialize, Serialize};

use super::catalog::Publication;
use crate::postgres::snapshot::Oid;

/// What stands before the object id in the comment of a publication that is in the place of another one.
const IN_PLACE_OF: &str = "[in place of ";

/// The object that a publication was when it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its object id.
    pub oid: Oid,
    /// The major version of the server: an upgrade to another one gives each publication another object id.
    pub major: u32,
}

impl Publication {
    /// Which object it is, on a server of that version, such as 170010.
    pub fn seen(&self, version: u32) -> Seen {
        Seen {
            oid: self.oid,
            major: version / 10_000,
        }
    }

    /// Whether it is the object that was seen, as far as that can be told: the same one, or what this provider put in its
    /// place within one transaction. After an upgrade to another major version the name has to do.
    pub fn is(&self, seen: Seen, version: u32) -> bool {
        // A version that is not known is 0.
        let is_upgraded = (1..version / 10_000).contains(&seen.major);
        is_upgraded || self.oid == seen.oid || self.in_place_of() == Some(seen.oid)
    }

    /// Its comment, without what that says of the object in whose place it is.
    pub fn own_comment(&self) -> Option<&str> {
        self.comment.as_deref().map(|comment| split(comment).0)
    }

    /// The comment of what takes the place of this one: its own, and which object it was. A run that is killed after the
    /// commit has told nobody.
    pub(in crate::postgres) fn comment_of_successor(&self) -> String {
        let comment = self.own_comment().unwrap_or_default();
        format!("{comment} {IN_PLACE_OF}{}]", self.oid)
            .trim_start()
            .to_owned()
    }

    fn in_place_of(&self) -> Option<Oid> {
        split(self.comment.as_deref()?).1
    }
}

/// A comment, and the object in whose place the publication is.
fn split(comment: &str) -> (&str, Option<Oid>) {
    let marked = comment
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once(IN_PLACE_OF))
        .and_then(|(before, oid)| Some((before.trim_end(), oid.parse().ok()?)));
    match marked {
        Some((before, oid)) => (before, Some(oid)),
        None => (comment, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::publication::{Contents, Definition, Operations};

    fn publication(oid: Oid, comment: Option<&str>) -> Publication {
        Publication {
            oid,
            owner: "master".to_owned(),
            comment: comment.map(str::to_owned),
            definition: Definition {
                contents: Contents::AllTables,
                operations: Operations::of(|_| true),
                via_partition_root: false,
                generated_columns: false,
            },
        }
    }

    #[test]
    fn publication_is_what_was_seen_or_what_was_put_in_its_place() {
        let before = publication(7, Some("ours"));
        let seen = before.seen(150_019);
        assert!(before.is(seen, 150_020));
        // Somebody made another one of that name, with whatever comment.
        assert!(!publication(8, Some("ours")).is(seen, 150_019));
        let successor = publication(8, Some(&before.comment_of_successor()));
        assert!(successor.is(seen, 150_019));
        let next = publication(9, Some(&successor.comment_of_successor()));
        assert!(next.is(successor.seen(150_019), 150_019));
        assert_eq!(next.own_comment(), Some("ours"));
        assert!(!next.is(seen, 150_019));
        // An upgrade makes all of them anew.
        assert!(publication(8, None).is(seen, 160_015));
        assert!(!publication(8, None).is(seen, 0));
        assert!(!publication(8, None).is(before.seen(0), 160_015));
    }

    #[test]
    fn successor_keeps_the_comment() {
        for (comment, kept) in [
            (None, "[in place of 7]"),
            (Some("of [the] shop"), "of [the] shop [in place of 7]"),
            (Some("shop [in place of 5]"), "shop [in place of 7]"),
            (
                Some("shop [in place of old]"),
                "shop [in place of old] [in place of 7]",
            ),
        ] {
            assert_eq!(publication(7, comment).comment_of_successor(), kept);
        }
    }
}
