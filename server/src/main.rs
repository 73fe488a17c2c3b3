//! The program `guildhall`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any thread is there: this writes to the environment. A variable wins over the file.
    if let Err(error) = dotenvy::from_path(".env")
        && !error.not_found()
    {
        eprintln!("guildhall: .env: {}", without_text(&error));
        return ExitCode::FAILURE;
    }
    guildhall_server::cli::main()
}

/// What is wrong with the file, without the text of a line, which may be a secret.
fn without_text(error: &dotenvy::Error) -> String {
    match error {
        dotenvy::Error::LineParse(_, at) => format!("a line cannot be read, at its character {at}"),
        other => other.to_string(),
    }
}
