//! The storeroom: a wall, three shelves of water, food and cans, and an extinguisher by the door.

use super::SampleSpec;
use super::canvas::{Canvas, Colour, Dice, Rect};
use crate::picture::Pixels;

const WALLS: [Colour; 4] = [[214, 208, 194], [198, 210, 206], [222, 214, 200], [204, 204, 214]];
const BOXES: [Colour; 6] =
    [[176, 132, 86], [196, 158, 110], [190, 74, 58], [226, 180, 64], [86, 128, 90], [104, 116, 158]];
const CANS: [Colour; 4] = [[178, 46, 44], [66, 120, 78], [206, 156, 48], [150, 156, 164]];
const WOOD: Colour = [122, 84, 54];
const FLOOR: Colour = [120, 116, 110];
const WATER: Colour = [176, 208, 222];
const STEEL: Colour = [150, 152, 156];
const RED: Colour = [196, 30, 28];
const WHITE: Colour = [238, 238, 232];
const GREEN: Colour = [52, 158, 74];
const BLACK: Colour = [34, 34, 36];

/// Where the boards lie, in thousandths of the height.
const SHELVES: [i32; 3] = [330, 590, 850];
const BOARD: i32 = 22;
const MARGIN: i32 = 50;
/// Room kept at the right for the extinguisher.
const DOOR: i32 = 190;
/// The widest single thing on a shelf.
const WIDEST: i32 = 120;
const GRAIN: i32 = 9;

/// Draws the storeroom of this seed, upright.
pub(super) fn draw(spec: &SampleSpec) -> Pixels {
    let mut dice = Dice::new(spec.seed);
    let mut canvas = Canvas::new(spec.width, spec.height);
    let wide = canvas.wide();
    canvas.board(Rect { x: 0, y: 0, w: wide, h: 910 }, dice.one_of(&WALLS));
    canvas.board(Rect { x: 0, y: 910, w: wide, h: 90 }, FLOOR);
    let end = wide - DOOR;
    for x in [MARGIN - 16, end] {
        canvas.board(Rect { x, y: 60, w: 18, h: 880 }, STEEL);
    }
    for foot in SHELVES {
        canvas.board(Rect { x: MARGIN - 24, y: foot, w: end - MARGIN + 50, h: BOARD }, WOOD);
        shelf(&mut canvas, &mut dice, foot, end, spec.label);
    }
    extinguisher(&mut canvas, &mut dice, wide - DOOR + 60);
    canvas.grain(&mut dice, GRAIN);
    canvas.finish()
}

/// Fills one shelf from left to right with groups of one kind of thing, and gaps where stock has gone.
fn shelf(canvas: &mut Canvas, dice: &mut Dice, foot: i32, end: i32, label: Colour) {
    let mut x = MARGIN;
    while x < end - WIDEST {
        let kind = dice.between(0, 8);
        let colour = if kind < 3 { label } else { dice.one_of(&BOXES) };
        for _ in 0..dice.between(2, 5) {
            let width = match kind {
                0..=2 => bottle(canvas, x, foot, dice.between(160, 190), colour),
                3..=5 => crate_box(canvas, dice, x, foot, colour),
                6 => can(canvas, x, foot, dice.one_of(&CANS)),
                _ => 70,
            };
            x += width + dice.between(6, 14);
            if x > end - WIDEST {
                return;
            }
        }
    }
}

/// A bottle of water with its label; returns the room it takes.
fn bottle(canvas: &mut Canvas, x: i32, foot: i32, height: i32, label: Colour) -> i32 {
    let w = 50;
    canvas.cylinder(Rect { x, y: foot - height + 40, w, h: height - 40 }, WATER);
    canvas.cylinder(Rect { x: x + 15, y: foot - height + 14, w: 20, h: 28 }, WATER);
    canvas.cylinder(Rect { x: x + 13, y: foot - height, w: 24, h: 16 }, label);
    canvas.cylinder(Rect { x, y: foot - height * 6 / 10, w, h: height * 3 / 10 }, label);
    canvas.board(Rect { x: x + 10, y: foot - height * 5 / 10, w: 22, h: 10 }, WHITE);
    w
}

/// A carton with a strip of tape and a printed panel.
fn crate_box(canvas: &mut Canvas, dice: &mut Dice, x: i32, foot: i32, colour: Colour) -> i32 {
    let (w, h) = (dice.between(84, WIDEST), dice.between(90, 170));
    canvas.board(Rect { x, y: foot - h, w, h }, colour);
    canvas.board(Rect { x, y: foot - h + h / 6, w, h: 8 }, WHITE);
    canvas.board(Rect { x: x + w / 5, y: foot - h / 2, w: w * 3 / 5, h: h / 4 }, WHITE);
    for line in 0..3 {
        let length = dice.between(w / 5, w / 2);
        canvas.board(Rect { x: x + w / 4, y: foot - h / 2 + h / 32 + line * h / 14, w: length, h: 4 }, BLACK);
    }
    w
}

fn can(canvas: &mut Canvas, x: i32, foot: i32, colour: Colour) -> i32 {
    let (w, h) = (56, 84);
    canvas.cylinder(Rect { x, y: foot - h, w, h }, colour);
    canvas.cylinder(Rect { x, y: foot - h, w, h: 8 }, STEEL);
    canvas.cylinder(Rect { x, y: foot - 8, w, h: 8 }, STEEL);
    w
}

/// An extinguisher whose gauge stands in the green, or, one time in four, in the red.
fn extinguisher(canvas: &mut Canvas, dice: &mut Dice, x: i32) {
    canvas.cylinder(Rect { x, y: 560, w: 96, h: 340 }, RED);
    canvas.cylinder(Rect { x: x + 32, y: 510, w: 32, h: 54 }, STEEL);
    canvas.board(Rect { x: x + 8, y: 490, w: 84, h: 20 }, BLACK);
    canvas.board(Rect { x: x + 20, y: 660, w: 56, h: 110 }, WHITE);
    let gauge = if dice.between(0, 4) == 0 { RED } else { GREEN };
    canvas.disc(Rect { x: x + 24, y: 516, w: 48, h: 48 }, BLACK);
    canvas.disc(Rect { x: x + 29, y: 521, w: 38, h: 38 }, WHITE);
    canvas.disc(Rect { x: x + 36, y: 528, w: 24, h: 24 }, gauge);
}
