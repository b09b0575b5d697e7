//! The parameters of an AWS Query request: pairs whose names spell a tree.

use std::collections::BTreeMap;

use super::error::ApiError;

/// Parameters by name. Of one sent twice, the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pairs: BTreeMap<String, String>,
    asks_for_nothing: bool,
}

/// A `Filters.Filter.N` of a Describe request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is compared.
    pub name: String,
    /// With what; one match is enough.
    pub values: Vec<String>,
}

impl Form {
    /// Reads `application/x-www-form-urlencoded` text.
    pub fn parse(text: &[u8]) -> Self {
        let mut pairs = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            pairs
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self {
            pairs,
            ..Self::default()
        }
    }

    /// The form without its filters.
    #[must_use]
    pub fn without_filters(mut self) -> Self {
        self.pairs.retain(|name, _| !name.starts_with("Filters."));
        self
    }

    /// The form, to be answered by a page without records.
    #[must_use]
    pub fn for_an_empty_page(mut self) -> Self {
        self.asks_for_nothing = true;
        self
    }

    /// Whether it is to be answered by a page without records.
    pub fn asks_for_nothing(&self) -> bool {
        self.asks_for_nothing
    }

    /// A parameter, unless it is absent or empty: AWS takes both for the same.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A parameter as it was sent, empty ones too.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.pairs.get(name).map(String::as_str)
    }

    /// A parameter that has to be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::missing(name))
    }

    /// A parameter that is `true` or `false`.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => Err(ApiError::bad_request(
                "MalformedInput",
                format!("{name}: {value} is not a boolean"),
            )),
        }
    }

    /// A parameter that is a number.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let parse = |value: &str| {
            value.parse().map_err(|_| {
                ApiError::bad_request(
                    "MalformedInput",
                    format!("{name}: {value} is not an integer"),
                )
            })
        };
        self.get(name).map(parse).transpose()
    }

    /// The entries of a list in their order: `LIST.ITEM.1.MEMBER`, and `LIST.member.1.MEMBER` as
    /// older samples show it. An entry that is a plain value has the empty name.
    pub fn list(&self, list: &str, item: &str) -> Vec<Form> {
        let mut entries: BTreeMap<u64, Form> = BTreeMap::new();
        for (name, value) in &self.pairs {
            let Some(rest) = name
                .strip_prefix(list)
                .and_then(|rest| rest.strip_prefix('.'))
            else {
                continue;
            };
            let Some((kind, rest)) = rest.split_once('.') else {
                continue;
            };
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            if let (true, Ok(number)) = (kind == item || kind == "member", number.parse()) {
                let entry = entries.entry(number).or_default();
                entry.pairs.insert(member.to_owned(), value.clone());
            }
        }
        entries.into_values().collect()
    }

    /// The filters, if all have one of the given names.
    ///
    /// # Errors
    /// When one has another name or no values.
    pub fn filters(&self, known: &[&str]) -> Result<Vec<Filter>, ApiError> {
        let mut filters = Vec::new();
        for entry in self.list("Filters", "Filter") {
            let name = entry.required("Name")?.to_owned();
            if !known.contains(&name.as_str()) {
                return Err(ApiError::invalid_value(format!(
                    "Unrecognized filter name: {name}"
                )));
            }
            let values: Vec<_> = entry
                .list("Values", "Value")
                .iter()
                .filter_map(|value| value.raw("").map(str::to_owned))
                .collect();
            if values.is_empty() {
                return Err(ApiError::invalid_value(format!(
                    "Filter {name} must have values"
                )));
            }
            if values.len() > 100 {
                return Err(ApiError::invalid_combination(format!(
                    "Only up to 100 unique filter values may be specified per filter: {name}."
                )));
            }
            filters.push(Filter { name, values });
        }
        Ok(filters)
    }

    /// The names of all parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_entries_come_in_numeric_order_and_in_both_spellings() {
        let form = Form::parse(
            b"P.Parameter.10.Name=ten&P.Parameter.2.Name=two&P.Parameter.2.Value=a%20b&P.member.1.Name=one&Q.Parameter.1.Name=no",
        );
        let names: Vec<_> = form
            .list("P", "Parameter")
            .iter()
            .filter_map(|one| one.get("Name").map(str::to_owned))
            .collect();
        assert_eq!(names, ["one", "two", "ten"]);
        assert_eq!(form.list("P", "Parameter")[1].get("Value"), Some("a b"));
    }

    #[test]
    fn filters_are_read_with_all_values_and_unknown_ones_refused() {
        let form = Form::parse(
            b"Filters.Filter.1.Name=engine&Filters.Filter.1.Values.Value.1=a&Filters.Filter.1.Values.Value.2=b",
        );
        let filter = Filter {
            name: "engine".into(),
            values: vec!["a".into(), "b".into()],
        };
        assert_eq!(form.filters(&["engine"]), Ok(vec![filter]));
        let error = form
            .filters(&["domain"])
            .expect_err("engine is not among the names");
        assert_eq!(error.code, "InvalidParameterValue");
    }
}
