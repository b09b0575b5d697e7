//! Numbers of any size and precision, which keep the form in which they arrived.

use std::{cmp::Ordering, fmt};

/// The largest power of ten in a number's text. Terraform's own numbers have 512 bits, so this
/// leaves room for everything real and bounds what hostile text can cost.
const MAX_EXPONENT: i64 = 100_000;

/// A number.
///
/// It is written as it was read: a decimal does not pass through a float. Equality is by what it
/// amounts to, so `1`, `1.0` and `1e0` are equal.
#[derive(Clone, Debug)]
pub struct Number(Token);

/// The form in which a number arrived, or will leave.
#[derive(Clone, Debug)]
pub(crate) enum Token {
    Integer(i64),
    /// Only what does not fit [`Token::Integer`].
    Unsigned(u64),
    /// Never NaN.
    Float(f64),
    /// Decimal text that none of the others holds exactly.
    Decimal(String),
}

impl Number {
    /// The number of a float; `None` for what is not a number.
    pub fn from_f64(number: f64) -> Option<Self> {
        (!number.is_nan()).then_some(Self(Token::Float(number)))
    }

    /// Reads decimal text, with or without fraction and exponent.
    ///
    /// `None` when it is no number, or one with an exponent beyond a hundred thousand.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(integer) = text.parse::<i64>() {
            return Some(Self(Token::Integer(integer)));
        }
        Decimal::parse(text)?;
        Some(Self(Token::Decimal(text.to_owned())))
    }

    /// The number as an `i64`, when it is one exactly.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Token::Integer(integer) => Some(*integer),
            Token::Unsigned(_) => None,
            Token::Float(_) | Token::Decimal(_) => self.as_i128()?.try_into().ok(),
        }
    }

    /// The number as a `u64`, when it is one exactly.
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Token::Integer(integer) => (*integer).try_into().ok(),
            Token::Unsigned(integer) => Some(*integer),
            Token::Float(_) | Token::Decimal(_) => self.as_i128()?.try_into().ok(),
        }
    }

    /// The number as an `f64`, when its shortest text is the number.
    pub fn as_f64(&self) -> Option<f64> {
        let float = match &self.0 {
            Token::Float(float) => return Some(*float),
            Token::Integer(integer) => integer.to_string().parse(),
            Token::Unsigned(integer) => integer.to_string().parse(),
            Token::Decimal(text) => text.parse::<f64>(),
        };
        let float = float.ok().filter(|float| float.is_finite())?;
        (Self(Token::Float(float)) == *self).then_some(float)
    }

    /// Whether the number has no fraction.
    pub fn is_integer(&self) -> bool {
        self.decimal().is_some_and(|decimal| decimal.is_integer())
    }

    /// The number in the form that every decimal reader takes; "inf" for an infinity.
    pub(crate) fn plain(&self) -> String {
        self.decimal()
            .map_or_else(|| "inf".to_owned(), |decimal| decimal.plain())
    }

    pub(crate) fn token(&self) -> &Token {
        &self.0
    }

    fn as_i128(&self) -> Option<i128> {
        self.decimal()?.to_i128()
    }

    /// The decimal digits; `None` for an infinity.
    fn decimal(&self) -> Option<Decimal> {
        match &self.0 {
            Token::Integer(integer) => Decimal::parse(&integer.to_string()),
            Token::Unsigned(integer) => Decimal::parse(&integer.to_string()),
            Token::Float(float) if !float.is_finite() => None,
            // Terraform compares whole numbers exactly and others by their shortest text.
            Token::Float(float) if float.fract() == 0.0 => Decimal::parse(&format!("{float:.0}")),
            Token::Float(float) => Decimal::parse(&format!("{float:e}")),
            Token::Decimal(text) => Decimal::parse(text),
        }
    }

    fn is_positive(&self) -> bool {
        matches!(&self.0, Token::Float(float) if *float > 0.0)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Token::Integer(one), Token::Integer(two)) = (&self.0, &other.0) {
            return one.cmp(two);
        }
        match (self.decimal(), other.decimal()) {
            (Some(one), Some(two)) => one.cmp(&two),
            (None, None) => self.is_positive().cmp(&other.is_positive()),
            (None, Some(_)) if self.is_positive() => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) if other.is_positive() => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Token::Integer(integer) => integer.fmt(f),
            Token::Unsigned(integer) => integer.fmt(f),
            // The shortest text of a whole number beyond 2^53 would be another number.
            Token::Float(float) if float.fract() == 0.0 => write!(f, "{float:.0}"),
            Token::Float(float) => float.fmt(f),
            Token::Decimal(text) => f.write_str(text),
        }
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(integer: $integer) -> Self {
                Self(Token::Integer(integer.into()))
            }
        }
    )*};
}

from_integer!(i8, i16, i32, i64, u8, u16, u32);

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self(i64::try_from(integer).map_or(Token::Unsigned(integer), Token::Integer))
    }
}

/// A finite number as `0.DIGITS` times ten to the `exponent`, in the only form it has so.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    /// ASCII digits without zeros at either end; empty for zero.
    digits: Vec<u8>,
    /// 0 for zero.
    exponent: i64,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        if power.abs() > MAX_EXPONENT {
            return None;
        }
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let mut digits = [whole.as_bytes(), fraction.as_bytes()].concat();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let trailing = digits
            .iter()
            .rev()
            .take_while(|digit| **digit == b'0')
            .count();
        if leading == digits.len() {
            return Some(Self {
                negative: false,
                digits: Vec::new(),
                exponent: 0,
            });
        }
        digits.truncate(digits.len() - trailing);
        digits.drain(..leading);
        let exponent = power + i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }

    fn is_integer(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|digits| digits <= self.exponent)
            || self.digits.is_empty()
    }

    fn to_i128(&self) -> Option<i128> {
        // No 64-bit integer has more than 20 digits.
        if !self.is_integer() || self.exponent > 20 {
            return None;
        }
        let mut magnitude = 0_i128;
        for place in 0..usize::try_from(self.exponent).ok()? {
            let digit = self.digits.get(place).map_or(0, |digit| digit - b'0');
            magnitude = magnitude * 10 + i128::from(digit);
        }
        Some(if self.negative { -magnitude } else { magnitude })
    }

    /// The digits as a whole number with an exponent.
    fn plain(&self) -> String {
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        let digits: String = self.digits.iter().map(|digit| char::from(*digit)).collect();
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        format!("{sign}{digits}e{}", self.exponent.saturating_sub(count))
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let magnitudes = || {
            self.exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits))
        };
        self.sign().cmp(&other.sign()).then_with(|| {
            if self.negative {
                magnitudes().reverse()
            } else {
                magnitudes()
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
