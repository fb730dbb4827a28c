/** What the page of a challenge says, in every language of the component: the words are those of its catalogs. */
import type { Locale } from '@sluice/core/locales'

export interface ChallengeTexts {
  title: string
  loading: string
  returning: string
}

export const CHALLENGE_TEXTS: Readonly<Record<Locale, ChallengeTexts>> = {
  ar: { title: 'أكّد لدى مصرفك', loading: 'جارٍ الاتصال بمصرفك', returning: 'جارٍ إعادتك إلى المتجر' },
  'da-DK': {
    title: 'Bekræft hos din bank',
    loading: 'Opretter forbindelse til din bank',
    returning: 'Du sendes tilbage til butikken',
  },
  'de-DE': {
    title: 'Bei Ihrer Bank bestätigen',
    loading: 'Verbindung zu Ihrer Bank',
    returning: 'Sie werden zum Shop zurückgeleitet',
  },
  el: {
    title: 'Επιβεβαίωση από την τράπεζά σας',
    loading: 'Σύνδεση με την τράπεζά σας',
    returning: 'Επιστροφή στο κατάστημα',
  },
  'en-GB': {
    title: 'Confirm with your bank',
    loading: 'Connecting to your bank',
    returning: 'Taking you back to the shop',
  },
  'es-ES': { title: 'Confirma con tu banco', loading: 'Conectando con tu banco', returning: 'Volviendo a la tienda' },
  'fi-FI': { title: 'Vahvista pankissasi', loading: 'Yhdistetään pankkiisi', returning: 'Palataan kauppaan' },
  'fil-PH': {
    title: 'Kumpirmahin sa iyong bangko',
    loading: 'Kumokonekta sa iyong bangko',
    returning: 'Ibinabalik ka sa tindahan',
  },
  'fr-FR': {
    title: 'Confirmez auprès de votre banque',
    loading: 'Connexion à votre banque',
    returning: 'Retour à la boutique',
  },
  'hi-IN': {
    title: 'अपने बैंक में पुष्टि करें',
    loading: 'आपके बैंक से जोड़ा जा रहा है',
    returning: 'आपको दुकान पर वापस ले जाया जा रहा है',
  },
  'id-ID': {
    title: 'Konfirmasi dengan bank Anda',
    loading: 'Menghubungkan ke bank Anda',
    returning: 'Kembali ke toko',
  },
  'it-IT': {
    title: 'Conferma con la tua banca',
    loading: 'Connessione alla tua banca',
    returning: 'Ritorno al negozio',
  },
  'ja-JP': {
    title: 'ご利用の銀行で確認してください',
    loading: '銀行に接続しています',
    returning: 'ショップに戻ります',
  },
  'ko-KR': { title: '은행에서 확인해 주세요', loading: '은행에 연결하는 중', returning: '쇼핑몰로 돌아가는 중' },
  'ms-MY': { title: 'Sahkan dengan bank anda', loading: 'Menyambung ke bank anda', returning: 'Kembali ke kedai' },
  'nb-NO': {
    title: 'Bekreft hos banken din',
    loading: 'Kobler til banken din',
    returning: 'Du sendes tilbake til butikken',
  },
  'nl-NL': { title: 'Bevestig bij je bank', loading: 'Verbinden met je bank', returning: 'Terug naar de winkel' },
  'pt-PT': { title: 'Confirme junto do seu banco', loading: 'A ligar ao seu banco', returning: 'A voltar à loja' },
  'sv-SE': {
    title: 'Bekräfta hos din bank',
    loading: 'Ansluter till din bank',
    returning: 'Du skickas tillbaka till butiken',
  },
  'th-TH': { title: 'ยืนยันกับธนาคารของคุณ', loading: 'กำลังเชื่อมต่อกับธนาคารของคุณ', returning: 'กำลังพาคุณกลับไปที่ร้านค้า' },
  'vi-VN': {
    title: 'Xác nhận với ngân hàng của bạn',
    loading: 'Đang kết nối với ngân hàng của bạn',
    returning: 'Đang đưa bạn về cửa hàng',
  },
  'zh-CN': { title: '请在银行页面确认', loading: '正在连接您的银行', returning: '正在返回商店' },
  'zh-HK': { title: '請向您的銀行確認', loading: '正在連接您的銀行', returning: '正在返回商店' },
  'zh-TW': { title: '請向您的銀行確認', loading: '正在連線至您的銀行', returning: '正在返回商店' },
}
