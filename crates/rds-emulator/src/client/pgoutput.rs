//! Reads as much of the pgoutput protocol as it takes to see rows come.
//!
//! <https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html>

use bytes::Buf;

/// The columns of the row that an Insert message brings; `None` for other messages.
pub fn inserted(message: &[u8]) -> Option<Vec<String>> {
    let mut rest = message;
    if rest.try_get_u8().ok()? != b'I' {
        return None;
    }
    let _relation = rest.try_get_u32().ok()?;
    let _new = rest.try_get_u8().ok()?;
    let columns = rest.try_get_u16().ok()?;
    (0..columns)
        .map(|_| match rest.try_get_u8().ok()? {
            b't' => {
                let length = usize::try_from(rest.try_get_u32().ok()?).ok()?;
                let (text, after) = rest.split_at_checked(length)?;
                rest = after;
                Some(String::from_utf8_lossy(text).into_owned())
            }
            _ => Some("NULL".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::inserted;

    #[test]
    fn inserted_of_an_insert_has_its_columns_and_of_others_nothing() {
        let insert = b"I\0\0\x40\x01N\0\x03t\0\0\0\x0242nt\0\0\0\x01x";
        assert_eq!(
            inserted(insert),
            Some(vec!["42".to_owned(), "NULL".to_owned(), "x".to_owned()])
        );
        assert_eq!(inserted(&insert[..14]), None);
        assert_eq!(inserted(b"B"), None);
    }
}
