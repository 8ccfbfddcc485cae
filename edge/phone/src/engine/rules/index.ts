// vision/rules/__init__.py: the registry a policy's rule names refer to.
//
// Rules that ask for more than one photo (SERVER_ONLY) are the server's, when it has that.
import type { JudgedRule } from "../generated/shared";
import { badgeWorn } from "./badge";
import { type Judge, ofSubject } from "./context";
import { noSunglasses } from "./face";
import { noSlippers, shoesCovers } from "./feet";
import { helmetColour, helmetWorn } from "./helmet";
import { siteClean } from "./site";
import { uniformColour, uniformReflective, uniformWorn } from "./uniform";

export const RULES: Readonly<Record<JudgedRule, Judge>> = {
  "helmet.worn": ofSubject(helmetWorn),
  "helmet.colour": ofSubject(helmetColour),
  "uniform.worn": ofSubject(uniformWorn),
  "uniform.colour": ofSubject(uniformColour),
  "uniform.reflective": ofSubject(uniformReflective),
  "badge.worn": ofSubject(badgeWorn),
  "face.no_sunglasses": ofSubject(noSunglasses),
  "shoes.covers": shoesCovers,
  "shoes.no_slippers": noSlippers,
  "site.clean": siteClean,
};
