//! The header of an array that NumPy saved: the text of a Python dict, never evaluated.

use flawgauge::view::Element;

use super::error::Problem;
use super::source::Format;

/// What the header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub element: Element,
    pub boolean: bool,
    /// The bytes of a value are not in this machine's order.
    pub swapped: bool,
    pub column_major: bool,
    pub shape: Vec<u64>,
}

impl Header {
    /// Parses the text between the length and the values.
    pub fn parse(text: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(text).map_err(|_| damaged("the header is no text"))?;
        let mut parser = Parser { rest: text };
        let (mut descr, mut column_major, mut shape) = (None, None, None);
        parser.take('{')?;
        while !parser.peek('}') {
            let key = parser.string()?;
            parser.take(':')?;
            match key {
                "descr" if parser.peek('[') => return Err(structured()),
                "descr" => descr = Some(parser.string()?),
                "fortran_order" => column_major = Some(parser.boolean()?),
                "shape" => shape = Some(parser.tuple()?),
                _ => return Err(damaged(format!("the header has the key {key:?}"))),
            }
            if !parser.peek('}') {
                parser.take(',')?;
            }
        }
        let (Some(descr), Some(column_major), Some(shape)) = (descr, column_major, shape) else {
            return Err(damaged("the header lacks descr, fortran_order or shape"));
        };
        let (element, boolean, swapped) = parse_descr(descr)?;
        Ok(Self { element, boolean, swapped, column_major, shape })
    }
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged(Format::Npy, reason)
}

fn structured() -> Problem {
    Problem::Unsupported("the array has named fields, want plain numbers".to_owned())
}

/// Type of the values, whether they are booleans, and whether their bytes are in the other order.
fn parse_descr(descr: &str) -> Result<(Element, bool, bool), Problem> {
    let mut characters = descr.chars();
    let order = characters.next().unwrap_or_default();
    let kind = characters.as_str();
    if kind.starts_with('O') {
        return Err(Problem::Unsupported(
            "the array holds Python objects, that is a pickle, which is never loaded: save it with \
             a dtype of numbers"
                .to_owned(),
        ));
    }
    let swapped = match order {
        '<' => cfg!(target_endian = "big"),
        '>' => cfg!(target_endian = "little"),
        '|' | '=' => false,
        _ => return Err(damaged(format!("the dtype is {descr:?}"))),
    };
    let element = match kind {
        "b1" | "u1" => Element::U8,
        "i1" => Element::I8,
        "u2" => Element::U16,
        "i2" => Element::I16,
        "u4" => Element::U32,
        "i4" => Element::I32,
        "u8" => Element::U64,
        "i8" => Element::I64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => {
            return Err(Problem::Unsupported(format!(
                "the array has the dtype {descr:?}, want booleans, integers or float16, 32 or 64"
            )));
        }
    };
    Ok((element, kind == "b1", swapped && element.size() > 1))
}

/// What is left of the text.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn peek(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        self.rest.starts_with(wanted)
    }

    fn take(&mut self, wanted: char) -> Result<(), Problem> {
        if !self.peek(wanted) {
            let found: String = self.rest.chars().take(12).collect();
            return Err(damaged(format!("the header has {found:?}, want {wanted:?}")));
        }
        self.rest = &self.rest[wanted.len_utf8()..];
        Ok(())
    }

    /// Text in single or double quotes, without escapes.
    fn string(&mut self) -> Result<&'a str, Problem> {
        let quote = if self.peek('"') { '"' } else { '\'' };
        self.take(quote)?;
        let (text, rest) =
            self.rest.split_once(quote).ok_or_else(|| damaged("the header has an open quote"))?;
        self.rest = rest;
        Ok(text)
    }

    fn boolean(&mut self) -> Result<bool, Problem> {
        self.rest = self.rest.trim_start();
        for (text, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(text) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(damaged("fortran_order is neither True nor False"))
    }

    /// Whole numbers in parentheses.
    fn tuple(&mut self) -> Result<Vec<u64>, Problem> {
        self.take('(')?;
        let mut numbers = Vec::new();
        while !self.peek(')') {
            let digits = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
            let (number, rest) = self.rest.split_at(digits);
            let number = number.parse().map_err(|_| {
                damaged(
                    "shape has something else than \
                whole numbers below 2^64",
                )
            })?;
            numbers.push(number);
            // Long integers of Python 2 end in an L.
            self.rest = rest.strip_prefix('L').unwrap_or(rest);
            if !self.peek(')') {
                self.take(',')?;
            }
        }
        self.take(')')?;
        Ok(numbers)
    }
}
