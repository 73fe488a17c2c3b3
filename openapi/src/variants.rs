//! Enums of which TypeScript knows what each variant means, too.

/// Declares the enum as it stands here. Under the feature `typescript` it also keeps its variants'
/// doc comments, one text each in their order: ts-rs has no place for them.
macro_rules! documented {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$($attribute:tt)+])*
                $variant:ident $({ $($fields:tt)* })?,
            )*
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $(
                $(#[$($attribute)+])*
                $variant $({ $($fields)* })?,
            )*
        }

        #[cfg(feature = "typescript")]
        impl $name {
            pub(crate) const DOCS: &'static [&'static str] =
                &[$(concat!($($crate::variants::documented!(@line $($attribute)+)),*)),*];
        }
    };
    (@line doc = $line:literal) => { concat!($line, "\n") };
    (@line $($other:tt)*) => { "" };
}
pub(crate) use documented;
