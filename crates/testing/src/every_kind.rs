//! A check that every kind of an error has its message looked at.

/// Compares each error's message with the one beside it. A kind that the patterns leave out does not compile, and one
/// without a case fails the test.
///
/// ```
/// #[derive(Debug)]
/// enum Fault {
///     Missing,
///     Broken(u8),
/// }
///
/// impl std::fmt::Display for Fault {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         match self {
///             Self::Missing => write!(f, "missing"),
///             Self::Broken(byte) => write!(f, "broken at byte {byte}"),
///         }
///     }
/// }
///
/// testing::every_kind!(
///     [Fault::Missing, Fault::Broken(_)],
///     [(Fault::Missing, "missing"), (Fault::Broken(7), "broken at byte 7")]
/// );
/// ```
#[macro_export]
macro_rules! every_kind {
    ([$($pattern:pat),+ $(,)?], $cases:expr) => {{
        let mut left = vec![$(stringify!($pattern)),+];
        for (error, message) in $cases {
            assert_eq!(error.to_string(), message);
            let kind = match &error { $($pattern => stringify!($pattern)),+ };
            left.retain(|other| *other != kind);
        }
        assert!(left.is_empty(), "no message of {left:?} is checked");
    }};
}
