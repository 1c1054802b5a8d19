//! What a code promises: never larger than need be, the same modules in every form. That another program reads the
//! text back from the picture is shown in the whole system's tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};
use wurao_qr::{Code, QrError};

/// The modules of a PNG at one pixel each.
fn modules(png: &[u8]) -> Vec<Vec<bool>> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.color_type), (info.height, png::ColorType::Grayscale));
    pixels.chunks(info.width as usize).map(|row| row.iter().map(|pixel| *pixel == 0).collect()).collect()
}

fn from_svg(svg: &str, side: usize) -> Vec<Vec<bool>> {
    let mut dark = vec![vec![false; side]; side];
    let path = svg.split("d=\"").nth(1).unwrap().split('"').next().unwrap();
    for run in path.split('M').skip(1) {
        let numbers: Vec<usize> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
        assert_eq!(length, back);
        dark[y][x..x + length].fill(true);
    }
    dark
}

fn from_terminal(lines: &str) -> Vec<Vec<bool>> {
    let mut dark = Vec::new();
    for line in lines.lines() {
        let line = line.strip_prefix("\x1b[30;107m").unwrap().strip_suffix("\x1b[0m").unwrap();
        dark.push(line.chars().map(|c| c == '█' || c == '▀').collect());
        dark.push(line.chars().map(|c| c == '█' || c == '▄').collect());
    }
    dark
}

#[test]
fn picture_page_and_terminal_show_the_same_modules() {
    for text in ["", "A", "HTTPS://PERMITS.EXAMPLE/P#0123456789ABC", "督查码"] {
        let code = Code::new(text).unwrap();
        let picture = modules(&code.png(1).unwrap());
        assert_eq!(picture.len(), code.side());
        assert_eq!(from_svg(&code.svg("x"), code.side()), picture);
        let mut terminal = from_terminal(&code.terminal());
        // An odd number of rows leaves half a line of light.
        assert!(terminal.split_off(code.side()).concat().iter().all(|dark| !dark));
        assert_eq!(terminal, picture);
    }
}

#[test]
fn four_light_modules_stand_around_every_code() {
    let picture = modules(&Code::new("quiet").unwrap().png(1).unwrap());
    let side = picture.len();
    for (y, row) in picture.iter().enumerate() {
        for (x, dark) in row.iter().enumerate() {
            let outside = [x, y].iter().any(|at| *at < 4 || *at >= side - 4);
            assert!(!(outside && *dark), "{x} {y}");
        }
    }
    assert!(picture[4][4] && picture[side - 5][4] && picture[4][side - 5], "the three corners' marks");
}

#[test]
fn a_larger_scale_is_the_same_picture_larger() {
    let code = Code::new("SCALE").unwrap();
    let (small, large) = (modules(&code.png(1).unwrap()), modules(&code.png(3).unwrap()));
    assert_eq!(large.len(), small.len() * 3);
    for (y, row) in large.iter().enumerate() {
        for (x, dark) in row.iter().enumerate() {
            assert_eq!(*dark, small[y / 3][x / 3]);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_size() {
    assert_eq!(Code::new(&"9".repeat(5_596)).unwrap().version(), 40);
    assert!(matches!(Code::new(&"9".repeat(5_597)), Err(QrError::TooLong(5_597))));
    let code = Code::new("x").unwrap();
    assert!(matches!(code.png(0), Err(QrError::Scale(0))));
    assert!(matches!(code.png(u32::MAX), Err(QrError::Scale(u32::MAX))));
}

#[test]
fn a_title_cannot_end_the_title() {
    let svg = Code::new("x").unwrap().svg("</title><script>alert('1 & 2')</script>");
    assert!(svg.contains("<title>&lt;/title&gt;&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;</title>"));
    assert!(svg.contains("role=\"img\""));
    assert!(!svg.contains("style"), "a strict policy stops inline style");
}

#[test]
fn one_character_in_byte_mode_does_not_keep_the_rest_there() {
    // Letters and digits in turn: every run alone is too short to be worth leaving byte mode for.
    let text = format!("HTTPS://PERMITS.EXAMPLE/P#{}", "1AB3C5DE7F".repeat(90));
    assert_eq!(Code::new(&text).unwrap().version(), 20);
    assert!(QrCode::with_version(&text, Version::Normal(20), EcLevel::M).is_err(), "the encoder's own mixture");
}

proptest! {
    #[test]
    fn no_code_is_larger_than_the_encoders_own(text in "[0-9]{0,12}[A-Z0-9 $%*+./:-]{0,200}[ -~]{0,20}[0-9A-Z]{0,200}") {
        let theirs = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap().version();
        let Version::Normal(theirs) = theirs else { panic!("no small codes here") };
        prop_assert!(i16::from(Code::new(&text).unwrap().version()) <= theirs);
    }
}
