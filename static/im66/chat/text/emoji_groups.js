// The emoji of the picker: those that people use in chats, by groups. A group's name is an English text of the page.

/** @type {{ name: string, emoji: string[] }[]} */
export const GROUPS = [
  { name: "Faces", emoji: split("😀 😄 😁 😆 😅 🤣 😂 🙂 😉 😊 😇 🥰 😍 🤩 😘 😋 😜 🤪 🤗 🤭 🤫 🤔 🫡 🤐 😐 😏 😒 🙄 😬 😌 😴 😷 🤒 🥵 🥶 🤯 🥳 😎 🧐 😕 🥺 😢 😭 😱 😓 😤 😠 🤬 💀 🤡") },
  { name: "Gestures", emoji: split("👍 👎 👌 ✌️ 🤞 🤝 👏 🙌 🙏 💪 👋 🤙 ☝️ 👇 👉 👈 ✊ 👊 🫶 🤦 🤷 🙋 💁 🏃") },
  { name: "Hearts and feelings", emoji: split("❤️ 🧡 💛 💚 💙 💜 🖤 💔 💕 💯 💢 💥 💤 🔥 ✨ 🎉 🎁 🌹 💐 🧧") },
  { name: "Animals and nature", emoji: split("🐶 🐱 🐭 🐰 🐻 🐼 🐷 🐮 🐔 🐧 🐢 🐟 🦋 🌸 🌳 🍀 🌙 ⭐ ☀️ ⛅ 🌧️ ⛄ 🌈 🌊") },
  { name: "Food and drink", emoji: split("🍎 🍉 🍓 🍑 🥑 🍅 🌽 🍞 🥟 🍜 🍚 🍣 🍕 🍔 🍟 🍗 🍰 🍦 🍬 🍵 ☕ 🧋 🍺 🍷") },
  { name: "Things and places", emoji: split("🏠 🏢 🚗 🚌 🚇 ✈️ 🚲 ⏰ 📅 📌 📎 📷 📱 💻 💡 💰 🔑 🔔 🎵 🎮 ⚽ 🏆 ✅ ❌ ❓ ❗") },
];

/** @param {string} emoji */
function split(emoji) {
  return emoji.split(" ");
}
