//! Run tables of every layout, and every kind of wrong row.

mod support;

use flawgauge::parallel::Control;
use flawgauge::rle::Overlaps;
use flawgauge_io::{ImageSize, Layout, Role, RunTable, TableError, TableOptions};
use proptest::prelude::*;
use support::{options, read, read_truth, read_with};

/// Image, class and runs of all rows, in order.
fn contents(table: &RunTable) -> Vec<(String, u32, Vec<[u32; 2]>)> {
    let images = table.images().iter().enumerate();
    images
        .flat_map(|(index, image)| {
            let rows = table.rows_of(index).iter();
            rows.map(|row| (image.to_string(), row.class, row.runs.bounds().to_vec()))
        })
        .collect()
}

fn message(text: impl AsRef<[u8]>) -> String {
    read(text).expect_err("the text should be refused").to_string()
}

#[test]
fn the_layouts_agree() {
    let joined = "ImageId_ClassId,EncodedPixels\na_1.jpg_1,1 3\na_1.jpg_2,\nb.jpg_4,5 1 7 2\n";
    let apart = "ImageId,ClassId,EncodedPixels\na_1.jpg,1,1 3\na_1.jpg,2,\nb.jpg,4,5 1 7 2\n";
    let expected = vec![
        ("a_1.jpg".to_owned(), 1, vec![[0, 3]]),
        ("a_1.jpg".to_owned(), 2, vec![]),
        ("b.jpg".to_owned(), 4, vec![[4, 5], [6, 8]]),
    ];
    let joined = read(joined).unwrap();
    assert_eq!(joined.layout(), Layout::AllPairs);
    assert_eq!(contents(&joined), expected);
    let apart = read(apart).unwrap();
    assert_eq!(apart.layout(), Layout::DefectsOnly);
    assert_eq!(contents(&apart), expected);
    let index = ",EncodedPixels,ClassId,ImageId\n0,1 3,1,a_1.jpg\n1,,2,a_1.jpg\n\
                 2,5 1 7 2,4,b.jpg";
    assert_eq!(contents(&read(index).unwrap()), expected);
    let named = index.replacen(',', "Unnamed: 0,", 1);
    assert_eq!(contents(&read(named).unwrap()), expected);
}

#[test]
fn line_ends_marks_and_quotes_make_no_difference() {
    let plain = "ImageId,ClassId,EncodedPixels\na,1,1 3\nb,4,5 1 7 2\n";
    let expected = contents(&read(plain).unwrap());
    let windows = plain.replace('\n', "\r\n");
    let variants = [
        windows.clone(),
        format!("\u{FEFF}{plain}"),
        plain.trim_end().to_owned(),
        windows.trim_end().to_owned(),
        format!("\n\r\n{plain}\n\n\r\n"),
        plain.replace("1 3", "\"1 3\""),
        windows.replace("5 1 7 2", "\"5 1 7 2\""),
        windows.replace("5 1 7 2", "\"5 1\r\n7 2\""),
        plain.replace("EncodedPixels", "\"EncodedPixels\""),
        format!("\u{FEFF}{}", windows.replace("ImageId", "\"ImageId\"")),
        plain.trim_end().replace("5 1 7 2", "\"5 1 7 2\""),
    ];
    for text in variants {
        assert_eq!(contents(&read(&text).unwrap()), expected, "{text:?}");
    }
}

#[test]
fn each_wrong_row_is_named() {
    let wrong = |row: &str| {
        message(format!("ImageId,ClassId,EncodedPixels\na.jpg,1,1 2\n{row}\n"))
            .strip_prefix("predictions table.csv, row 3")
            .expect("the message names file and row")
            .to_owned()
    };
    assert_eq!(wrong("b.jpg,1"), ": 2 fields, want 3");
    assert_eq!(wrong("b.jpg,1,1 2,5 6"), ": 4 fields, want 3");
    assert_eq!(wrong("b.jpg,1,1 2,,,,,,"), ": 9 fields, want 3");
    assert_eq!(wrong(",1,1 2"), ", column ImageId: the image id is empty");
    let class = |text| format!("column ClassId: the class is {text:?}, want a whole number");
    for text in ["0", "5", "-1", "+1", "1.0", "", "one", " 1", "99999999999999999999"] {
        let found = wrong(&format!("b.jpg,{text},1 2"));
        assert_eq!(found, format!(", {} from 1 to 4", class(text)));
    }
    let runs = |text: &str| {
        wrong(&format!("b.jpg,1,{text}"))
            .strip_prefix(", column EncodedPixels: ")
            .expect("the message names the column")
            .to_owned()
    };
    assert_eq!(runs("1 2 3"), "3 values, want an even number (pairs of start and length)");
    assert_eq!(runs("1 x"), "value 2 is \"x\", want a whole number");
    assert_eq!(runs("1 2.0"), "value 2 is \"2.0\", want a whole number");
    assert_eq!(runs("0 1"), "value 1 is the start 0, want 1 or more (the first pixel is 1)");
    assert_eq!(runs("1 0"), "value 2 is the length 0, want 1 or more");
    assert_eq!(runs("1 -3"), "value 2 is the length -3, want 1 or more");
    assert!(runs("20 2").contains("runs past the image of 20 pixels"));
    assert!(runs("5 1 1 1").contains("runs must be sorted"));
    assert!(runs("1 3 3 2").contains("runs must not overlap"));
}

#[test]
fn joined_ids_split_at_the_last_underscore() {
    let wrong = |id: &str| message(format!("ImageId_ClassId,EncodedPixels\n{id},1 2\n"));
    let start = "predictions table.csv, row 2, column ImageId_ClassId: ";
    assert_eq!(
        wrong("a.jpg"),
        format!(
            "{start}\"a.jpg\" does not end in an underscore and a class, as in \
                 0002cc93b.jpg_1"
        )
    );
    assert_eq!(wrong("_1"), format!("{start}the image id is empty"));
    let class = "the class is \"9\", want a whole number from 1 to 4";
    assert_eq!(wrong("a_1_9"), format!("{start}{class}"));
}

#[test]
fn rows_are_lines_of_the_file() {
    let header = "\nImageId_ClassId,EncodedPixels\n";
    let rows = "\n\na_1,1 1\n\r\n";
    let wrong = "b_1,1\n\nc_1,1 1\n";
    assert!(message(format!("{header}{rows}{wrong}")).contains("csv, row 7, column"));
    let quoted = rows.replace("1 1", "\"1 1\"");
    assert!(message(format!("{header}{quoted}{wrong}")).contains("csv, row 7, column"));
    let longer = rows.replace("1 1", "\"1\n1\"");
    assert!(message(format!("{header}{longer}{wrong}")).contains("csv, row 8, column"));
    assert!(message(format!("{header}{longer}b_1,1")).contains("csv, row 8, column"));
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let text = b"ImageId,ClassId,EncodedPixels\n\xff.jpg,1,1 2\n";
    assert_eq!(
        message(text),
        "predictions table.csv, row 2, column ImageId: not UTF-8 text: \\xff.jpg"
    );
    let text = b"ImageId,ClassId,EncodedPixels\na.jpg,1,1 \xe9\n";
    assert_eq!(
        message(text),
        "predictions table.csv, row 2, column EncodedPixels: not UTF-8 text: 1 \\xe9"
    );
    let utf16: Vec<u8> = "ImageId,ClassId".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let found = message([b"\xff\xfe".as_slice(), &utf16].concat());
    assert!(found.starts_with("predictions table.csv, row 1: not UTF-8 text: \\xff\\xfeI"));
}

#[test]
fn files_without_rows() {
    for text in ["", "\n\r\n", "\u{FEFF}"] {
        assert_eq!(
            message(text),
            "predictions table.csv: the file is empty, want a header row and data rows"
        );
    }
    let table = read("ImageId,ClassId,EncodedPixels").unwrap();
    assert_eq!((table.num_rows(), table.images().len()), (0, 0));
}

#[test]
fn a_wrong_path_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let read = |path| RunTable::read(path, options(Role::Truth), &Control::new()).unwrap_err();
    let error = read(folder.path());
    assert!(error.to_string().ends_with(": this is a folder, want a CSV file"));
    let error = read(&folder.path().join("none.csv"));
    assert!(matches!(error, TableError::File { .. }));
    assert!(error.to_string().ends_with("none.csv: no such file"));
}

#[test]
fn duplicates_name_both_rows() {
    let text = "ImageId_ClassId,EncodedPixels\nb_2,\na_1,\nb_2,1 1\n";
    assert_eq!(
        message(text),
        "predictions table.csv, row 4: image b, class 2 has a row already: row 2"
    );
}

#[test]
fn truth_with_all_pairs_must_be_complete() {
    let text = "ImageId_ClassId,EncodedPixels\na_1,\na_2,\na_4,\n";
    let found = read_truth(text).unwrap_err().to_string();
    assert!(found.starts_with("truth table.csv, row 2: image a has no row for class 3\n"));
    assert!(found.contains("add the row with empty EncodedPixels"));
    assert!(read(text).is_ok());
    assert!(read_truth(text.replace("a_4,\n", "a_4,\na_3,\n")).is_ok());
    // The row is there, only unreadable.
    let found = read_truth(text.replace("a_4,\n", "a_4,\na_3,1\n")).unwrap_err().to_string();
    assert!(found.contains("row 5, column EncodedPixels") && !found.contains("has no row"));
}

#[test]
fn overlaps_merge_where_asked() {
    let found = message("ImageId,ClassId,EncodedPixels\na,1,5 4 1 2\n");
    assert!(found.ends_with("give --overlaps merge (overlaps=\"merge\" in Python)"), "{found}");
    let merge = TableOptions { overlaps: Overlaps::Merge, ..options(Role::Predictions) };
    let text = b"ImageId,ClassId,EncodedPixels\na,1,5 4 1 2 6 6\n";
    let table = read_with(text, merge).unwrap();
    assert_eq!(contents(&table), [("a".to_owned(), 1, vec![[0, 2], [4, 11]])]);
}

#[test]
fn many_problems_are_summarised() {
    let mut text = "ImageId,ClassId,EncodedPixels\n".to_owned();
    for image in 0..50_000 {
        let runs = if image == 40_000 { "0 1" } else { "1 2 3" };
        text.push_str(&format!("image{image},1,{runs}\n"));
    }
    let found = message(text);
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines[0], "predictions table.csv: 50000 problems");
    assert!(lines[1].starts_with("  row 2, column EncodedPixels: 3 values"));
    assert!(lines[3].starts_with("  row 4, column EncodedPixels: 3 values"));
    assert_eq!(lines[4], "  ... and 49996 more of this kind");
    assert!(lines[5].starts_with("  row 40002, column EncodedPixels: value 1 is the start 0"));
    assert_eq!(lines.len(), 6);
}

#[test]
fn a_row_that_no_image_needs_is_refused() {
    let long = "1 1 ".repeat(300_000);
    let start = "ImageId,ClassId,EncodedPixels\na,1,1 1\n";
    for (row, quote) in [("b,1,", ""), ("b,1,\"", "\""), ("\"", "")] {
        let found = message(format!("{start}{row}{long}{quote}\nc,1,1 1\n"));
        assert_eq!(
            found,
            "predictions table.csv, row 3: longer than 1048576 bytes, which no row for images of \
             this size needs"
        );
    }
}

#[test]
fn rows_in_many_blocks() {
    let size = ImageSize::new(100, 100).unwrap();
    let options = TableOptions { size, ..options(Role::Predictions) };
    let runs: Vec<String> = (0..1000).map(|run| format!("{} 5", 10 * run + 1)).collect();
    let bounds: Vec<[u32; 2]> = (0..1000).map(|run| [10 * run, 10 * run + 5]).collect();
    let runs = runs.join(" ");
    for quote in ["", "\""] {
        let mut text = "ImageId_ClassId,EncodedPixels\n".to_owned();
        for image in 0..400 {
            text.push_str(&format!("{image:03}_2,{quote}{runs}{quote}\n"));
        }
        assert!(text.len() > 2 << 20);
        let found = contents(&read_with(text.as_bytes(), options).unwrap());
        assert_eq!(found.len(), 400);
        for (index, (image, class, found)) in found.into_iter().enumerate() {
            assert_eq!((image, class), (format!("{index:03}"), 2));
            assert_eq!(found, bounds);
        }
        text.push_str("x_1,1\n");
        let found = read_with(text.as_bytes(), options).unwrap_err().to_string();
        assert!(found.contains("row 402, column EncodedPixels"), "{found}");
    }
}

#[test]
fn options_are_checked() {
    assert!(ImageSize::new(0, 5).unwrap_err().to_string().contains("has no pixels"));
    assert!(ImageSize::new(1 << 16, 1 << 16).unwrap_err().to_string().contains("4294967295"));
    for num_classes in [0, 1001] {
        let options = TableOptions { num_classes, ..options(Role::Truth) };
        let found = read_with(b"ImageId", options).unwrap_err().to_string();
        assert_eq!(found, format!("num_classes: {num_classes}, want 1 to 1000"));
    }
}

/// Text made of what tables are made of, right or wrong.
fn table_like(quotes: bool) -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "a",
        "b",
        "_",
        "1",
        "2",
        "4",
        "1 2",
        "3 1",
        "9 9",
        " ",
        ",",
        ",",
        ",",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "a_1,1 2\n",
        "b_2,\n",
        "a,1,1 1\n",
        "é",
        "\u{FEFF}",
        "\"",
    ]);
    let token = token.prop_map(move |token| if quotes || token != "\"" { token } else { "3" });
    let header = prop::sample::select(vec![
        "ImageId_ClassId,EncodedPixels\n",
        "EncodedPixels,ImageId_ClassId\r\n",
        ",ImageId,ClassId,EncodedPixels\n",
        "ImageId,ClassId,EncodedPixels\n",
    ]);
    (header, prop::collection::vec(token, 0..60))
        .prop_map(|(header, tokens)| format!("{header}{}", tokens.concat()))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let header = b"ImageId_ClassId,EncodedPixels\n".as_slice();
        let _ = read_truth([header, &bytes].concat());
    }

    #[test]
    fn any_table_like_text_is_read_or_refused(text in table_like(true)) {
        let _ = read(&text);
        let _ = read_truth(&text);
    }

    /// A quoted header sends the whole file through the `csv` crate.
    #[test]
    fn quoted_and_unquoted_files_read_alike(text in table_like(false)) {
        let quoted = text.replacen("EncodedPixels", "\"EncodedPixels\"", 1);
        match (read(&text), read(&quoted)) {
            (Ok(plain), Ok(quoted)) => prop_assert_eq!(contents(&plain), contents(&quoted)),
            (Err(plain), Err(quoted)) => {
                prop_assert_eq!(plain.to_string(), quoted.to_string());
            }
            (plain, quoted) => prop_assert!(false, "{plain:?} but {quoted:?}"),
        }
    }
}
