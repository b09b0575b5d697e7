//! Pages of a Describe answer: `MaxRecords` and `Marker`.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{error::ApiError, form::Form, xml::Element};

/// Fewest records per page that a caller may ask for.
const MIN_RECORDS: i64 = 20;
/// Most records per page, and the number where none is asked for.
const MAX_RECORDS: i64 = 100;
/// What a marker is before it is made opaque; the place of the next record follows.
const PREFIX: &str = "next:";

/// One page of records.
#[derive(Debug)]
pub struct Page<T> {
    /// The records.
    pub records: Vec<T>,
    /// Where the next page begins; `None` after the last.
    pub marker: Option<String>,
}

impl<T> Page<T> {
    /// The page that a request asks for.
    ///
    /// # Errors
    /// When `MaxRecords` is out of its range or `Marker` was not made here.
    pub fn of(records: impl IntoIterator<Item = T>, form: &Form) -> Result<Self, ApiError> {
        let size = form.integer("MaxRecords")?.unwrap_or(MAX_RECORDS);
        if !(MIN_RECORDS..=MAX_RECORDS).contains(&size) {
            return Err(ApiError::invalid_value(format!(
                "Invalid value {size} for MaxRecords. Must be between {MIN_RECORDS} and {MAX_RECORDS}"
            )));
        }
        let size = usize::try_from(size).unwrap_or_default();
        let start = match form.get("Marker") {
            None => 0,
            Some(marker) => place(marker)
                .ok_or_else(|| ApiError::invalid_value(format!("Invalid marker: {marker}")))?,
        };
        let to = |place: usize| URL_SAFE_NO_PAD.encode(format!("{PREFIX}{place}"));
        if form.asks_for_nothing() {
            return Ok(Self {
                records: Vec::new(),
                marker: Some(to(start)),
            });
        }
        let mut rest = records.into_iter().skip(start);
        let records = rest.by_ref().take(size).collect();
        let marker = rest.next().map(|_| to(start + size));
        Ok(Self { records, marker })
    }

    /// The page with something else made of each record.
    ///
    /// # Errors
    /// When that fails for one.
    pub fn try_map<U, E>(self, make: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        Ok(Page {
            records: self
                .records
                .into_iter()
                .map(make)
                .collect::<Result<_, E>>()?,
            marker: self.marker,
        })
    }

    /// The page as members of a result: the list, and the marker if there is more.
    pub fn into_elements(
        self,
        list: impl Into<Cow<'static, str>>,
        record: impl FnMut(T) -> Element,
    ) -> impl Iterator<Item = Element> {
        let marker = self.marker.map(|marker| Element::text("Marker", marker));
        let list = Element::new(list).with_all(self.records.into_iter().map(record));
        std::iter::once(list).chain(marker)
    }
}

fn place(marker: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(marker).ok()?).ok()?;
    text.strip_prefix(PREFIX)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(max_records: usize, marker: Option<&str>) -> Form {
        let marker = marker
            .map(|marker| format!("&Marker={marker}"))
            .unwrap_or_default();
        Form::parse(format!("MaxRecords={max_records}{marker}").as_bytes())
    }

    #[test]
    fn pages_hold_every_record_once_and_the_last_has_no_marker() {
        let mut seen = Vec::new();
        let mut marker: Option<String> = None;
        let mut pages = 0;
        loop {
            let page = Page::of(0..60, &form(20, marker.as_deref())).expect("the page is there");
            seen.extend(page.records);
            pages += 1;
            marker = page.marker;
            if marker.is_none() {
                break;
            }
        }
        assert_eq!(seen, (0..60).collect::<Vec<_>>());
        assert_eq!(pages, 3);
    }

    #[test]
    fn page_without_records_leads_to_the_one_that_was_asked_for() {
        let empty = Page::of(0..30, &form(20, None).for_an_empty_page()).expect("a page");
        assert_eq!(empty.records, Vec::<i32>::new());
        let page = Page::of(0..30, &form(20, empty.marker.as_deref())).expect("a page");
        assert_eq!(page.records, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn page_of_wrong_size_or_foreign_marker_is_refused() {
        for refused in [form(19, None), form(101, None), form(20, Some("abc"))] {
            let error = Page::of(0..60, &refused).expect_err("the page is refused");
            assert_eq!(error.code, "InvalidParameterValue");
        }
    }
}
