// The app's own words; those of rules and findings come with the engine.
import { LANGUAGES, type Language, type Shot } from "../engine";
import { Live } from "./live";

const en = {
  title: "Photo check",
  sign_in: "Sign in",
  login: "Staff number",
  password: "Password",
  with_key: "Use a key instead",
  with_password: "Use a password instead",
  key: "Key from your administrator",
  new_password: "New password, at least 10 characters",
  choose_password: "Choose your own password",
  save: "Save",
  sign_out: "Sign out",
  sign_out_waiting: "{n} photos still wait on this phone and are sent when you sign in again.",
  language: "中文",
  today: "Today",
  others: "Other open orders",
  no_orders: "No orders for today.",
  refresh: "Refresh",
  stored_orders: "No signal: orders as of {time}",
  order: "Work order {number}",
  done: "{n} of {all} photos",
  take: "Take photo",
  take_again: "Take again",
  back: "Back",
  missing: "Not taken yet",
  photo_here: "On this phone, not sent yet",
  omission_here: "Your sentence is on this phone, not sent yet",
  omission_open: "You said that it cannot be taken; your supervisor will answer",
  omission_accepted: "No photo needed",
  omission_rejected: "Your supervisor needs this photo all the same",
  supervisor_says: "Supervisor: {text}",
  cannot_take: "Cannot be taken",
  no_photo: "No photo: {shot}",
  why_none: "Why can the photo not be taken?",
  usual_nobody: "Nobody is at home.",
  usual_refused: "The customer does not want photos.",
  usual_dark: "It is too dark, the power is off.",
  usual_camera: "The phone's camera does not work.",
  send_for_all: "Send for all {n} missing photos",
  full_words: "The phone is full: this is not kept. Free some space, then press Send again.",
  not_kept_words: "This could not be kept: {why}",
  waiting_none: "Everything sent",
  waiting_some: "{n} to send",
  waiting_title: "Photos on this phone",
  waiting_hint:
    "They are sent by themselves when there is a signal. Keep the app installed until then.",
  sending: "Sending…",
  send_now: "Send now",
  next_try: "Not sent yet: {why}",
  unreachable: "no connection to the service",
  sign_in_to_send: "You are signed out. Sign in again; photos that wait stay on this phone.",
  others_parcels: "Taken by another account; they are sent when it signs in.",
  refused: "The service refused this photo",
  try_again: "Try again",
  delete: "Delete",
  delete_sure: "Delete this photo for good?",
  loading_network: "Loading the checker: {percent}%",
  starting_network: "Starting the checker…",
  no_engine: "This phone cannot check: {why} The service checks after sending.",
  camera_denied:
    "The camera is blocked. Allow it in the browser's settings for this page, then try again.",
  camera_missing: "No camera was found.",
  camera_busy: "Another app uses the camera. Close it, then try again.",
  camera_insecure: "The camera needs an https address.",
  shutter: "Take the photo now",
  gallery: "Choose from the gallery",
  hold_still: "Good. Hold still…",
  looking: "Looking…",
  align: "Bring the picture into line with the photo from before",
  checking: "Checking…",
  retake: "Retake",
  send: "Send",
  send_anyway: "Send it like this",
  why: "Why can it not be taken better?",
  why_hint: "One sentence; your supervisor reads it.",
  ready: "All good",
  fix: "Please fix and retake",
  unsure: "Not sure: a supervisor will look",
  nothing_asked: "Photo taken",
  unchecked: "Not checked on the phone; the service will check it.",
  full: "The phone is full: this photo is not kept. Free some space, then press Send again.",
  not_kept: "The photo could not be kept: {why}",
  wrong: "Something went wrong: {why}",
  offline_sign_in: "No connection to the service. Signing in needs one.",
  technicians_only: "This account does not send photos.",
  update: "A new version is ready",
  load: "Load it",
} as const;

type Key = keyof typeof en;

const zh: Record<Key, string> = {
  title: "装维拍照检查",
  sign_in: "登录",
  login: "工号",
  password: "密码",
  with_key: "改用密钥登录",
  with_password: "改用密码登录",
  key: "管理员发的密钥",
  new_password: "新密码，至少 10 个字符",
  choose_password: "请设置自己的密码",
  save: "保存",
  sign_out: "退出登录",
  sign_out_waiting: "本机还有 {n} 张照片未发送，下次登录后会继续发送。",
  language: "English",
  today: "今天",
  others: "其他未完成工单",
  no_orders: "今天没有工单。",
  refresh: "刷新",
  stored_orders: "没有信号：显示 {time} 的工单",
  order: "工单 {number}",
  done: "照片 {n}/{all}",
  take: "拍照",
  take_again: "重新拍",
  back: "返回",
  missing: "还没拍",
  photo_here: "在本机，尚未发送",
  omission_here: "说明在本机，尚未发送",
  omission_open: "已说明无法拍摄，等班长答复",
  omission_accepted: "可以不拍",
  omission_rejected: "班长要求补拍",
  supervisor_says: "班长：{text}",
  cannot_take: "无法拍摄",
  no_photo: "无法拍摄：{shot}",
  why_none: "为什么不能拍？",
  usual_nobody: "客户不在家。",
  usual_refused: "客户不同意拍照。",
  usual_dark: "停电，光线太暗。",
  usual_camera: "手机相机坏了。",
  send_for_all: "未拍的 {n} 张都发送此说明",
  full_words: "手机空间已满，说明没有保存。请清理空间后再按发送。",
  not_kept_words: "说明没能保存：{why}",
  waiting_none: "全部已发送",
  waiting_some: "待发送 {n} 张",
  waiting_title: "本机照片",
  waiting_hint: "有信号时会自动发送。发送完之前请不要删除本应用。",
  sending: "正在发送…",
  send_now: "立即发送",
  next_try: "还没发出：{why}",
  unreachable: "连不上服务器",
  sign_in_to_send: "登录已失效，请重新登录；未发送的照片会保留在本机。",
  others_parcels: "由其他账号拍摄，该账号登录后发送。",
  refused: "服务器拒收了这张照片",
  try_again: "再试一次",
  delete: "删除",
  delete_sure: "确定永久删除这张照片？",
  loading_network: "正在下载检查模型：{percent}%",
  starting_network: "正在启动检查…",
  no_engine: "本机无法检查：{why} 发送后由服务器检查。",
  camera_denied: "相机权限被拒绝。请在浏览器设置中允许本页使用相机，然后重试。",
  camera_missing: "没有找到相机。",
  camera_busy: "相机正被其他应用占用，请先关闭再重试。",
  camera_insecure: "使用相机需要 https 地址。",
  shutter: "立即拍照",
  gallery: "从相册选择",
  hold_still: "很好，请保持不动…",
  looking: "正在识别…",
  align: "请与施工前的照片对齐",
  checking: "正在检查…",
  retake: "重拍",
  send: "发送",
  send_anyway: "就这样发送",
  why: "为什么不能拍得更好？",
  why_hint: "写一句话，班长会看到。",
  ready: "全部合格",
  fix: "请改正后重拍",
  unsure: "看不准，将由班长查看",
  nothing_asked: "已拍照",
  unchecked: "本机没有检查，由服务器检查。",
  full: "手机空间已满，这张照片没有保存。请清理空间后再按发送。",
  not_kept: "照片没能保存：{why}",
  wrong: "出错了：{why}",
  offline_sign_in: "连不上服务器，登录需要网络。",
  technicians_only: "这个账号不能发送照片。",
  update: "有新版本",
  load: "更新",
};

const WORDS: Record<Language, Record<Key, string>> = { en, "zh-CN": zh };

const SHOTS: Record<Language, Record<Shot, [name: string, how: string]>> = {
  en: {
    selfie: ["Selfie", "Helmet to waist in the outline, badge on the chest, light on your face."],
    shoes: ["Shoe covers", "Both feet in the outline, from above, at the door."],
    site_before: ["Site before", "The whole work area, before you begin."],
    site_after: ["Site after", "The same view as before, everything cleared away."],
    kit: ["Tool kit", "The bag and everything that belongs in it, laid out."],
  },
  "zh-CN": {
    selfie: ["自拍", "安全帽到腰部都在框内，工号牌在胸前，面部光线充足。"],
    shoes: ["鞋套", "在门口从上往下拍，双脚都在框内。"],
    site_before: ["施工前现场", "开工前拍下整个作业区域。"],
    site_after: ["施工后现场", "与施工前同一角度，现场已清理干净。"],
    kit: ["工具包", "工具包和随身物品全部摆开。"],
  },
};

const STORED = "ppe-language";

/** The one chosen, else the browser's; Chinese where it is neither. */
function first(): Language {
  const chosen = localStorage.getItem(STORED) as Language | null;
  if (chosen !== null && LANGUAGES.includes(chosen)) return chosen;
  return navigator.language.toLowerCase().startsWith("en") ? "en" : "zh-CN";
}

export const language = new Live<Language>(first());
language.follow(mark);
mark(language.value);

function mark(chosen: Language): void {
  document.documentElement.lang = chosen;
  document.title = WORDS[chosen].title;
}

export function switchLanguage(): void {
  const next = language.value === "en" ? "zh-CN" : "en";
  localStorage.setItem(STORED, next);
  language.set(next);
}

export function say(key: Key, values: Record<string, string | number> = {}): string {
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`{${name}}`, String(value)),
    WORDS[language.value][key],
  );
}

export function shotName(shot: Shot): string {
  return SHOTS[language.value][shot][0];
}

export function howTo(shot: Shot): string {
  return SHOTS[language.value][shot][1];
}
