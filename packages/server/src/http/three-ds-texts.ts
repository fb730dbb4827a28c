/** What the page of a challenge says, in every language of the component: the words are those of its catalogs. */
import type { Locale } from '@sluice/core/locales'

export interface ChallengeTexts {
  title: string
  loading: string
  returning: string
  /** The address has lost the key that the challenge is of use with. */
  stuck: string
  /** There is no scripting. */
  scripts: string
  /** Of the link to the shop. */
  back: string
}

export const CHALLENGE_TEXTS: Readonly<Record<Locale, ChallengeTexts>> = {
  ar: {
    title: 'أكّد لدى مصرفك',
    loading: 'جارٍ الاتصال بمصرفك',
    returning: 'جارٍ إعادتك إلى المتجر',
    stuck: 'لا يمكن إتمام هذه الخطوة هنا. عد إلى المتجر وحاول مرة أخرى أو ادفع بطريقة أخرى.',
    scripts: 'لا يمكن التأكيد لدى مصرفك من دون JavaScript. فعّلها وأعد تحميل هذه الصفحة.',
    back: 'العودة إلى المتجر',
  },
  'da-DK': {
    title: 'Bekræft hos din bank',
    loading: 'Opretter forbindelse til din bank',
    returning: 'Du sendes tilbage til butikken',
    stuck: 'Dette trin kan ikke gennemføres her. Gå tilbage til butikken, og prøv igen, eller betal på en anden måde.',
    scripts: 'Du kan ikke bekræfte hos din bank uden JavaScript. Slå det til, og genindlæs siden.',
    back: 'Tilbage til butikken',
  },
  'de-DE': {
    title: 'Bei Ihrer Bank bestätigen',
    loading: 'Verbindung zu Ihrer Bank',
    returning: 'Sie werden zum Shop zurückgeleitet',
    stuck:
      'Dieser Schritt kann hier nicht abgeschlossen werden. Gehen Sie zurück zum Shop und versuchen Sie es erneut oder zahlen Sie auf andere Weise.',
    scripts:
      'Ohne JavaScript können Sie bei Ihrer Bank nicht bestätigen. Schalten Sie es ein und laden Sie diese Seite neu.',
    back: 'Zurück zum Shop',
  },
  el: {
    title: 'Επιβεβαίωση από την τράπεζά σας',
    loading: 'Σύνδεση με την τράπεζά σας',
    returning: 'Επιστροφή στο κατάστημα',
    stuck:
      'Αυτό το βήμα δεν μπορεί να ολοκληρωθεί εδώ. Επιστρέψτε στο κατάστημα και δοκιμάστε ξανά ή πληρώστε με άλλον τρόπο.',
    scripts:
      'Η επιβεβαίωση από την τράπεζά σας δεν είναι δυνατή χωρίς JavaScript. Ενεργοποιήστε την και φορτώστε ξανά αυτήν τη σελίδα.',
    back: 'Επιστροφή στο κατάστημα',
  },
  'en-GB': {
    title: 'Confirm with your bank',
    loading: 'Connecting to your bank',
    returning: 'Taking you back to the shop',
    stuck: 'This step cannot be finished here. Go back to the shop and try again, or pay another way.',
    scripts: 'You cannot confirm with your bank without JavaScript. Turn it on and load this page again.',
    back: 'Back to the shop',
  },
  'es-ES': {
    title: 'Confirma con tu banco',
    loading: 'Conectando con tu banco',
    returning: 'Volviendo a la tienda',
    stuck: 'Este paso no se puede completar aquí. Vuelve a la tienda e inténtalo de nuevo o paga de otra forma.',
    scripts: 'No puedes confirmar con tu banco sin JavaScript. Actívalo y vuelve a cargar esta página.',
    back: 'Volver a la tienda',
  },
  'fi-FI': {
    title: 'Vahvista pankissasi',
    loading: 'Yhdistetään pankkiisi',
    returning: 'Palataan kauppaan',
    stuck: 'Tätä vaihetta ei voi viimeistellä täällä. Palaa kauppaan ja yritä uudelleen tai maksa muulla tavalla.',
    scripts: 'Et voi vahvistaa pankissasi ilman JavaScriptiä. Ota se käyttöön ja lataa sivu uudelleen.',
    back: 'Takaisin kauppaan',
  },
  'fil-PH': {
    title: 'Kumpirmahin sa iyong bangko',
    loading: 'Kumokonekta sa iyong bangko',
    returning: 'Ibinabalik ka sa tindahan',
    stuck: 'Hindi matatapos ang hakbang na ito dito. Bumalik sa tindahan at subukang muli, o magbayad sa ibang paraan.',
    scripts:
      'Hindi ka makakapagkumpirma sa iyong bangko nang walang JavaScript. I-on ito at i-load muli ang pahinang ito.',
    back: 'Bumalik sa tindahan',
  },
  'fr-FR': {
    title: 'Confirmez auprès de votre banque',
    loading: 'Connexion à votre banque',
    returning: 'Retour à la boutique',
    stuck: 'Cette étape ne peut pas être terminée ici. Revenez à la boutique et réessayez ou payez autrement.',
    scripts: 'Vous ne pouvez pas confirmer auprès de votre banque sans JavaScript. Activez-le et rechargez cette page.',
    back: 'Revenir à la boutique',
  },
  'hi-IN': {
    title: 'अपने बैंक में पुष्टि करें',
    loading: 'आपके बैंक से जोड़ा जा रहा है',
    returning: 'आपको दुकान पर वापस ले जाया जा रहा है',
    stuck: 'यह चरण यहाँ पूरा नहीं हो सकता। दुकान पर वापस जाएँ और फिर से कोशिश करें या किसी और तरीके से भुगतान करें।',
    scripts: 'JavaScript के बिना आप अपने बैंक में पुष्टि नहीं कर सकते। इसे चालू करें और यह पेज फिर से लोड करें।',
    back: 'दुकान पर वापस जाएँ',
  },
  'id-ID': {
    title: 'Konfirmasi dengan bank Anda',
    loading: 'Menghubungkan ke bank Anda',
    returning: 'Kembali ke toko',
    stuck: 'Langkah ini tidak dapat diselesaikan di sini. Kembali ke toko dan coba lagi, atau bayar dengan cara lain.',
    scripts: 'Anda tidak dapat mengonfirmasi dengan bank tanpa JavaScript. Aktifkan lalu muat ulang halaman ini.',
    back: 'Kembali ke toko',
  },
  'it-IT': {
    title: 'Conferma con la tua banca',
    loading: 'Connessione alla tua banca',
    returning: 'Ritorno al negozio',
    stuck: 'Questo passaggio non può essere completato qui. Torna al negozio e riprova o paga in un altro modo.',
    scripts: 'Non puoi confermare con la tua banca senza JavaScript. Attivalo e ricarica questa pagina.',
    back: 'Torna al negozio',
  },
  'ja-JP': {
    title: 'ご利用の銀行で確認してください',
    loading: '銀行に接続しています',
    returning: 'ショップに戻ります',
    stuck: 'この手続きはここでは完了できません。ショップに戻ってもう一度お試しいただくか、別の方法でお支払いください。',
    scripts: 'JavaScript が無効のため、銀行で確認できません。有効にしてから、このページを再読み込みしてください。',
    back: 'ショップに戻る',
  },
  'ko-KR': {
    title: '은행에서 확인해 주세요',
    loading: '은행에 연결하는 중',
    returning: '쇼핑몰로 돌아가는 중',
    stuck: '이 단계는 여기에서 완료할 수 없습니다. 쇼핑몰로 돌아가 다시 시도하거나 다른 방법으로 결제해 주세요.',
    scripts: 'JavaScript 없이는 은행에서 확인할 수 없습니다. JavaScript를 켜고 이 페이지를 다시 불러와 주세요.',
    back: '쇼핑몰로 돌아가기',
  },
  'ms-MY': {
    title: 'Sahkan dengan bank anda',
    loading: 'Menyambung ke bank anda',
    returning: 'Kembali ke kedai',
    stuck: 'Langkah ini tidak dapat diselesaikan di sini. Kembali ke kedai dan cuba lagi, atau bayar dengan cara lain.',
    scripts: 'Anda tidak dapat mengesahkan dengan bank anda tanpa JavaScript. Hidupkannya dan muat semula halaman ini.',
    back: 'Kembali ke kedai',
  },
  'nb-NO': {
    title: 'Bekreft hos banken din',
    loading: 'Kobler til banken din',
    returning: 'Du sendes tilbake til butikken',
    stuck: 'Dette trinnet kan ikke fullføres her. Gå tilbake til butikken og prøv igjen, eller betal på en annen måte.',
    scripts: 'Du kan ikke bekrefte hos banken din uten JavaScript. Slå det på, og last inn siden på nytt.',
    back: 'Tilbake til butikken',
  },
  'nl-NL': {
    title: 'Bevestig bij je bank',
    loading: 'Verbinden met je bank',
    returning: 'Terug naar de winkel',
    stuck:
      'Deze stap kan hier niet worden voltooid. Ga terug naar de winkel en probeer het opnieuw of betaal op een andere manier.',
    scripts: 'Zonder JavaScript kun je niet bij je bank bevestigen. Schakel het in en laad deze pagina opnieuw.',
    back: 'Terug naar de winkel',
  },
  'pt-PT': {
    title: 'Confirme junto do seu banco',
    loading: 'A ligar ao seu banco',
    returning: 'A voltar à loja',
    stuck: 'Este passo não pode ser concluído aqui. Volte à loja e tente novamente ou pague de outra forma.',
    scripts: 'Não é possível confirmar junto do seu banco sem JavaScript. Ative-o e recarregue esta página.',
    back: 'Voltar à loja',
  },
  'sv-SE': {
    title: 'Bekräfta hos din bank',
    loading: 'Ansluter till din bank',
    returning: 'Du skickas tillbaka till butiken',
    stuck:
      'Det här steget kan inte slutföras här. Gå tillbaka till butiken och försök igen eller betala på ett annat sätt.',
    scripts: 'Du kan inte bekräfta hos din bank utan JavaScript. Slå på det och ladda om sidan.',
    back: 'Tillbaka till butiken',
  },
  'th-TH': {
    title: 'ยืนยันกับธนาคารของคุณ',
    loading: 'กำลังเชื่อมต่อกับธนาคารของคุณ',
    returning: 'กำลังพาคุณกลับไปที่ร้านค้า',
    stuck: 'ไม่สามารถทำขั้นตอนนี้ให้เสร็จที่นี่ได้ โปรดกลับไปที่ร้านค้าแล้วลองอีกครั้ง หรือชำระด้วยวิธีอื่น',
    scripts: 'คุณไม่สามารถยืนยันกับธนาคารได้หากไม่มี JavaScript โปรดเปิดใช้งานแล้วโหลดหน้านี้ใหม่',
    back: 'กลับไปที่ร้านค้า',
  },
  'vi-VN': {
    title: 'Xác nhận với ngân hàng của bạn',
    loading: 'Đang kết nối với ngân hàng của bạn',
    returning: 'Đang đưa bạn về cửa hàng',
    stuck: 'Không thể hoàn tất bước này tại đây. Hãy quay lại cửa hàng và thử lại hoặc thanh toán bằng cách khác.',
    scripts: 'Bạn không thể xác nhận với ngân hàng khi không có JavaScript. Hãy bật JavaScript và tải lại trang này.',
    back: 'Quay lại cửa hàng',
  },
  'zh-CN': {
    title: '请在银行页面确认',
    loading: '正在连接您的银行',
    returning: '正在返回商店',
    stuck: '无法在此处完成此步骤。请返回商店重试，或使用其他方式付款。',
    scripts: '没有 JavaScript 就无法向银行确认。请启用后重新加载此页面。',
    back: '返回商店',
  },
  'zh-HK': {
    title: '請向您的銀行確認',
    loading: '正在連接您的銀行',
    returning: '正在返回商店',
    stuck: '無法在此完成此步驟。請返回商店再試一次，或以其他方式付款。',
    scripts: '沒有 JavaScript 便無法向銀行確認。請啟用後重新載入此頁面。',
    back: '返回商店',
  },
  'zh-TW': {
    title: '請向您的銀行確認',
    loading: '正在連線至您的銀行',
    returning: '正在返回商店',
    stuck: '無法在此完成此步驟。請返回商店再試一次，或以其他方式付款。',
    scripts: '沒有 JavaScript 就無法向銀行確認。請啟用後重新載入此頁面。',
    back: '返回商店',
  },
}
