//! What can be wrong with an encoded mask.

/// What is wrong with an encoded mask. Positions count values from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RleError {
    /// A value that is not a whole number.
    #[error("value {position} is {text:?}, want a whole number")]
    NotANumber {
        /// Which value.
        position: usize,
        /// What stands there, shortened.
        text: String,
    },
    /// A start without its length.
    #[error("{count} values, want an even number (pairs of start and length)")]
    OddCount {
        /// How many values there are.
        count: usize,
    },
    /// A start below 1.
    #[error("value {position} is the start {start}, want 1 or more (the first pixel is 1)")]
    StartTooSmall {
        /// Which value.
        position: usize,
        /// The start.
        start: i128,
    },
    /// A length below 1.
    #[error("value {position} is the length {length}, want 1 or more")]
    LengthTooSmall {
        /// Which value.
        position: usize,
        /// The length.
        length: i128,
    },
    /// A run that leaves the image.
    #[error(
        "the run at value {position} (start {start}, length {length}) runs past the image of \
         {pixels} pixels"
    )]
    PastEnd {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: i128,
        /// The length.
        length: i128,
        /// Pixels of the image.
        pixels: u32,
    },
    /// A run that starts before an earlier one.
    #[error(
        "the run at value {position} starts at {start}, before the previous run's start \
         {previous}: runs must be sorted"
    )]
    Unsorted {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: u32,
        /// Start of the run before it.
        previous: u32,
    },
    /// A run that starts inside an earlier one.
    #[error(
        "the run at value {position} starts at {start}, inside the previous run, which ends at \
         {previous_end}: runs must not overlap"
    )]
    Overlapping {
        /// Which value holds the start.
        position: usize,
        /// The start.
        start: u32,
        /// Last pixel of the run before it.
        previous_end: u32,
    },
    /// COCO counts that do not fill the image.
    #[error("the counts sum to {sum}, want {pixels} (height x width)")]
    WrongSum {
        /// Sum of the counts.
        sum: u128,
        /// Pixels of the image.
        pixels: u32,
    },
    /// A negative COCO count.
    #[error("count {position} is {count}, want 0 or more")]
    NegativeCount {
        /// Which count.
        position: usize,
        /// Its value.
        count: i64,
    },
    /// A byte that no compressed COCO string has, or a string that stops within a number.
    #[error("byte {position} of the compressed counts is not valid: {reason}")]
    BadCompression {
        /// Which byte, from 1.
        position: usize,
        /// Why.
        reason: &'static str,
    },
}
