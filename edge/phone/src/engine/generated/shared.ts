// Written by `python -m edge.phone_data` out of vision/: change it there.
export const LABELS = [
  "person",
  "helmet",
  "head",
  "workwear",
  "plainwear",
  "vest",
  "shoes",
  "badge",
  "sunglasses",
  "shoe_cover",
  "slipper",
  "litter",
  "tool",
  "strip"
] as const;
export type Label = (typeof LABELS)[number];
export const SHOTS = [
  "selfie",
  "shoes",
  "site_before",
  "site_after",
  "kit"
] as const;
export type Shot = (typeof SHOTS)[number];
export const RULE_IDS = [
  "helmet.worn",
  "helmet.colour",
  "uniform.worn",
  "uniform.colour",
  "uniform.reflective",
  "badge.worn",
  "badge.card",
  "face.no_sunglasses",
  "shoes.covers",
  "shoes.no_slippers",
  "site.clean",
  "site.restored"
] as const;
export type RuleId = (typeof RULE_IDS)[number];
export const SERVER_ONLY = [
  "badge.card",
  "site.restored"
] as const;
export type ServerOnly = (typeof SERVER_ONLY)[number];
export const WEIGHTS = [
  "required",
  "advisory"
] as const;
export type Weight = (typeof WEIGHTS)[number];
export const VERDICTS = [
  "PASS",
  "FAIL",
  "UNSURE",
  "N/A"
] as const;
export type Verdict = (typeof VERDICTS)[number];
export const REASONS = [
  "photo_blurred",
  "photo_dark",
  "photo_burnt_out",
  "no_person",
  "subject_unclear",
  "subject_too_small",
  "not_supported_by_model",
  "helmet_on_head",
  "head_bare",
  "helmet_not_on_head",
  "head_not_visible",
  "helmet_unclear",
  "no_helmet_to_judge",
  "colour_right",
  "colour_wrong",
  "colour_unclear",
  "hidden_by_vest",
  "workwear_worn",
  "plain_clothes",
  "clothes_unclear",
  "torso_not_visible",
  "reflective_vest",
  "strips_seen",
  "strips_missing",
  "strips_unclear",
  "badge_on_chest",
  "badge_not_on_chest",
  "badge_missing",
  "badge_unclear",
  "no_badge_to_judge",
  "card_too_small",
  "card_shape_wrong",
  "card_shape_unclear",
  "card_number_right",
  "card_number_wrong",
  "card_illegible",
  "card_reader_missing",
  "no_sunglasses",
  "sunglasses_worn",
  "sunglasses_unclear",
  "face_not_visible",
  "all_covered",
  "shoe_uncovered",
  "covers_unclear",
  "feet_not_visible",
  "one_foot_only",
  "slippers_worn",
  "no_slippers",
  "site_clean",
  "litter_left",
  "site_unclear",
  "site_tidy",
  "site_messy",
  "mess_unclear",
  "site_restored",
  "things_moved",
  "things_added",
  "other_place",
  "other_light"
] as const;
export type Reason = (typeof REASONS)[number];
export const LANGUAGES = [
  "en",
  "zh-CN"
] as const;
export type Language = (typeof LANGUAGES)[number];
export type JudgedRule = Exclude<RuleId, ServerOnly>;
export const NEEDS: Record<JudgedRule, readonly Label[]> = {
  "helmet.worn": [
    "head",
    "helmet",
    "person"
  ],
  "helmet.colour": [
    "head",
    "helmet",
    "person"
  ],
  "uniform.worn": [
    "person",
    "plainwear",
    "workwear"
  ],
  "uniform.colour": [
    "person",
    "plainwear",
    "workwear"
  ],
  "uniform.reflective": [
    "person",
    "plainwear",
    "vest",
    "workwear"
  ],
  "badge.worn": [
    "badge",
    "person",
    "plainwear",
    "workwear"
  ],
  "face.no_sunglasses": [
    "head",
    "helmet",
    "person",
    "sunglasses"
  ],
  "shoes.covers": [
    "shoe_cover",
    "shoes"
  ],
  "shoes.no_slippers": [
    "shoes",
    "slipper"
  ],
  "site.clean": [
    "litter"
  ]
};
export const LIMITS = {
  "max_bytes": 33554432,
  "max_pixels": 80000000,
  "max_side": 20000,
  "min_side": 64
} as const;
export const CAPTURE = {
  "MAX_TEXT": 64
} as const;
export const CHECKER = {
  "CLOSEUP_SIDE": 4096,
  "CUT_OFF": 0.02
} as const;
export const COLOUR = {
  "SAMPLE": 48,
  "GRID": 64,
  "MINKOWSKI": 6,
  "STRENGTH": 0.5,
  "MAX_GAIN": 1.25,
  "TO_XYZ": [
    [
      0.43394994055572506,
      0.376209769903311,
      0.18984028954096394
    ],
    [
      0.2126729,
      0.7151522,
      0.072175
    ],
    [
      0.01775658275396527,
      0.10946796102238184,
      0.8727754562236529
    ]
  ]
} as const;
export const DETECTOR = {
  "STRIDE": 32,
  "PAD": 114,
  "FLOOR": 0.05,
  "NMS_IOU": 0.6
} as const;
export const QUALITY = {
  "SIDE": 320
} as const;
export const SCENE = {
  "MIN_INSIDE": 0.6,
  "SAME_THING": 0.5,
  "SAME_PERSON": 0.55,
  "ECHO": 0.5,
  "OVERLAP": 0.7,
  "TRUSTED": 0.25,
  "LOW_CARD": 0.5,
  "EDGE": 0.02,
  "CLEAR_SUBJECT": 0.75,
  "HEADS_PER_BODY": 7.0,
  "CHEST_HEADS": 2.1,
  "SHELL_SHARE": 0.63,
  "HEAD_PARTS": [
    "helmet",
    "head",
    "sunglasses"
  ],
  "TORSOS": [
    "workwear",
    "plainwear"
  ],
  "FEET": [
    "shoes",
    "shoe_cover",
    "slipper"
  ]
} as const;
export const SESSION = {
  "MESS_OUTPUT": "mess"
} as const;
export const CHEST = {
  "CHEST_SEEN": 0.7
} as const;
export const HELMET = {
  "MARGIN": 0.15
} as const;
export const UNIFORM = {
  "MARGIN": 0.15,
  "HIDDEN": 0.6,
  "SAME_STRIP": 0.5,
  "MIN_PIXELS": 60
} as const;
export const ADVICE = {
  "photo.missing": "check the path",
  "photo.is_folder": "name a file, or let the command line walk the folder",
  "photo.unreadable": "check the permissions",
  "photo.empty": "send the photo again",
  "photo.unsupported_type": "send a JPEG, PNG, WebP or HEIC",
  "photo.too_many_bytes": "send a smaller file",
  "photo.too_large": "send a picture with fewer pixels",
  "photo.too_small": "send the original, not a thumbnail",
  "photo.animated": "send a single picture",
  "photo.truncated": "the upload broke off: send it again",
  "photo.undecodable": "the file is damaged: take or send it again",
  "model.missing": "install the package again or name the model file",
  "model.manifest_invalid": "write the manifest with `ppe model export`",
  "model.hash_mismatch": "the file is not the one in the manifest: fetch both again",
  "model.unloadable": "the file is not an ONNX network this runtime can read",
  "model.run_failed": "export the network with sizes left open: `ppe model export`",
  "model.layout_unknown": "export the network with `ppe model export`",
  "policy.missing": "check the path",
  "policy.invalid": "correct the named field; `ppe policy check FILE` tells",
  "argument.shot_not_in_policy": "name a shot that the policy has",
  "argument.nothing_to_check": "name at least one photo, or a folder with photos",
  "argument.unknown_language": "choose one of the languages named",
  "argument.output_unusable": "choose a folder that can be written to"
} as const;
export type ErrorCode = keyof typeof ADVICE;
