/**
 * What the bank's pages say, in the languages of the card form. Each text is a line, in the order of `LINES`; what the
 * challenge page of 3-D Secure says too stands with it.
 */
import { closestLocale, type Locale } from '@sluice/core/locales'
import { type ChallengeTexts, challengeTextsFor } from '../three-ds/texts.ts'
import { textsOfLines } from './lines.ts'

const LINES = [
  'redirectTitle',
  'redirectLead',
  'method',
  'reference',
  'approve',
  'fail',
  'decline',
  'later',
  'doneTitle',
  'doneLead',
  'back',
  'goneTitle',
  'goneLead',
] as const

export type Texts = Readonly<Record<(typeof LINES)[number], string>> & ChallengeTexts

const BY_LOCALE: Readonly<Record<Locale, string>> = {
  ar: `
    الدفع عبر {method}
    راجع عملية الدفع ثم قرّر.
    طريقة الدفع
    المرجع
    موافقة
    إفشال التحقق
    رفض
    تركها معلّقة
    تم البتّ في هذه العملية
    لا شيء آخر يمكن فعله هنا. يمكنك العودة إلى المتجر.
    العودة إلى المتجر
    هذه الصفحة غير موجودة
    العنوان غير صحيح أو عملية الدفع قديمة جدًا.`,
  'da-DK': `
    Betal med {method}
    Kontrollér betalingen, og beslut så.
    Betalingsmetode
    Reference
    Godkend
    Lad godkendelsen mislykkes
    Afvis
    Lad den afvente
    Denne betaling er afgjort
    Der er ikke mere at gøre her. Du kan gå tilbage til butikken.
    Tilbage til butikken
    Denne side findes ikke
    Adressen er forkert, eller betalingen er for gammel.`,
  'de-DE': `
    Mit {method} bezahlen
    Prüfen Sie die Zahlung und entscheiden Sie dann.
    Zahlungsart
    Referenz
    Bestätigen
    Bestätigung scheitern lassen
    Ablehnen
    Offen lassen
    Über diese Zahlung ist entschieden
    Hier ist nichts mehr zu tun. Sie können zum Händler zurückkehren.
    Zurück zum Händler
    Diese Seite gibt es nicht
    Die Adresse ist falsch oder die Zahlung zu alt.`,
  el: `
    Πληρωμή με {method}
    Ελέγξτε την πληρωμή και αποφασίστε.
    Τρόπος πληρωμής
    Αναφορά
    Έγκριση
    Αποτυχία ταυτοποίησης
    Απόρριψη
    Να μείνει σε εκκρεμότητα
    Η πληρωμή αυτή έχει κριθεί
    Δεν απομένει κάτι άλλο εδώ. Μπορείτε να επιστρέψετε στο κατάστημα.
    Επιστροφή στο κατάστημα
    Αυτή η σελίδα δεν υπάρχει
    Η διεύθυνση είναι λάθος ή η πληρωμή είναι πολύ παλιά.`,
  'en-GB': `
    Pay with {method}
    Check the payment, then decide.
    Payment method
    Reference
    Approve
    Fail authentication
    Decline
    Leave pending
    This payment is decided
    Nothing more can be done here. You can go back to the shop.
    Back to the shop
    This page does not exist
    The address is wrong, or the payment is too old.`,
  'es-ES': `
    Pagar con {method}
    Revise el pago y decida.
    Método de pago
    Referencia
    Aprobar
    Hacer fallar la autenticación
    Rechazar
    Dejar pendiente
    Este pago ya está decidido
    No queda nada por hacer aquí. Puede volver a la tienda.
    Volver a la tienda
    Esta página no existe
    La dirección es incorrecta o el pago es demasiado antiguo.`,
  'fi-FI': `
    Maksa: {method}
    Tarkista maksu ja päätä sitten.
    Maksutapa
    Viite
    Hyväksy
    Anna tunnistuksen epäonnistua
    Hylkää
    Jätä odottamaan
    Tämä maksu on ratkaistu
    Täällä ei ole enää tehtävää. Voit palata kauppaan.
    Takaisin kauppaan
    Tätä sivua ei ole
    Osoite on väärä tai maksu on liian vanha.`,
  'fil-PH': `
    Magbayad gamit ang {method}
    Suriin ang bayad, pagkatapos ay magpasya.
    Paraan ng pagbabayad
    Reference
    Aprubahan
    Pabagsakin ang pagpapatunay
    Tanggihan
    Iwanang nakabinbin
    Napagpasyahan na ang bayad na ito
    Wala nang magagawa rito. Maaari ka nang bumalik sa tindahan.
    Bumalik sa tindahan
    Walang ganitong pahina
    Mali ang address, o masyado nang luma ang bayad.`,
  'fr-FR': `
    Payer avec {method}
    Vérifiez le paiement, puis décidez.
    Moyen de paiement
    Référence
    Approuver
    Faire échouer l’authentification
    Refuser
    Laisser en attente
    Ce paiement est décidé
    Il n’y a plus rien à faire ici. Vous pouvez retourner à la boutique.
    Retour à la boutique
    Cette page n’existe pas
    L’adresse est fausse ou le paiement est trop ancien.`,
  'hi-IN': `
    {method} से भुगतान करें
    भुगतान जाँचें, फिर निर्णय लें।
    भुगतान का तरीका
    संदर्भ
    स्वीकार करें
    प्रमाणीकरण विफल करें
    अस्वीकार करें
    लंबित छोड़ें
    इस भुगतान का निर्णय हो चुका है
    यहाँ और कुछ नहीं किया जा सकता। आप दुकान पर वापस जा सकते हैं।
    दुकान पर वापस
    यह पेज मौजूद नहीं है
    पता गलत है, या भुगतान बहुत पुराना है।`,
  'id-ID': `
    Bayar dengan {method}
    Periksa pembayaran, lalu putuskan.
    Metode pembayaran
    Referensi
    Setujui
    Gagalkan autentikasi
    Tolak
    Biarkan tertunda
    Pembayaran ini sudah diputuskan
    Tidak ada lagi yang bisa dilakukan di sini. Anda dapat kembali ke toko.
    Kembali ke toko
    Halaman ini tidak ada
    Alamatnya salah, atau pembayarannya terlalu lama.`,
  'it-IT': `
    Paga con {method}
    Controlla il pagamento, poi decidi.
    Metodo di pagamento
    Riferimento
    Approva
    Fai fallire l’autenticazione
    Rifiuta
    Lascia in sospeso
    Questo pagamento è deciso
    Qui non c’è più nulla da fare. Puoi tornare al negozio.
    Torna al negozio
    Questa pagina non esiste
    L’indirizzo è sbagliato o il pagamento è troppo vecchio.`,
  'ja-JP': `
    {method}で支払う
    お支払いを確認してから選んでください。
    お支払い方法
    参照番号
    承認する
    認証を失敗させる
    拒否する
    保留にする
    このお支払いは決定済みです
    ここでできることはもうありません。ショップに戻れます。
    ショップに戻る
    このページは存在しません
    アドレスが間違っているか、お支払いが古すぎます。`,
  'ko-KR': `
    {method}(으)로 결제
    결제를 확인한 다음 결정하세요.
    결제 수단
    참조
    승인
    인증 실패 처리
    거절
    보류
    이 결제는 이미 결정되었습니다
    여기서 더 할 일은 없습니다. 상점으로 돌아갈 수 있습니다.
    상점으로 돌아가기
    존재하지 않는 페이지입니다
    주소가 잘못되었거나 결제가 너무 오래되었습니다.`,
  'ms-MY': `
    Bayar dengan {method}
    Semak bayaran, kemudian buat keputusan.
    Kaedah pembayaran
    Rujukan
    Luluskan
    Gagalkan pengesahan
    Tolak
    Biarkan tertunda
    Bayaran ini sudah diputuskan
    Tiada apa lagi yang boleh dibuat di sini. Anda boleh kembali ke kedai.
    Kembali ke kedai
    Halaman ini tidak wujud
    Alamat itu salah, atau bayaran terlalu lama.`,
  'nb-NO': `
    Betal med {method}
    Kontroller betalingen, og bestem deg så.
    Betalingsmåte
    Referanse
    Godkjenn
    La bekreftelsen mislykkes
    Avslå
    La den vente
    Denne betalingen er avgjort
    Det er ikke mer å gjøre her. Du kan gå tilbake til butikken.
    Tilbake til butikken
    Denne siden finnes ikke
    Adressen er feil, eller betalingen er for gammel.`,
  'nl-NL': `
    Betalen met {method}
    Controleer de betaling en beslis dan.
    Betaalmethode
    Referentie
    Goedkeuren
    Authenticatie laten mislukken
    Weigeren
    Openlaten
    Over deze betaling is beslist
    Hier is niets meer te doen. U kunt teruggaan naar de winkel.
    Terug naar de winkel
    Deze pagina bestaat niet
    Het adres is onjuist, of de betaling is te oud.`,
  'pt-PT': `
    Pagar com {method}
    Verifique o pagamento e depois decida.
    Método de pagamento
    Referência
    Aprovar
    Fazer falhar a autenticação
    Recusar
    Deixar pendente
    Este pagamento está decidido
    Não há mais nada a fazer aqui. Pode voltar à loja.
    Voltar à loja
    Esta página não existe
    O endereço está errado ou o pagamento é demasiado antigo.`,
  'sv-SE': `
    Betala med {method}
    Kontrollera betalningen och bestäm dig sedan.
    Betalningssätt
    Referens
    Godkänn
    Låt bekräftelsen misslyckas
    Avvisa
    Låt den vänta
    Den här betalningen är avgjord
    Det finns inget mer att göra här. Du kan gå tillbaka till butiken.
    Tillbaka till butiken
    Den här sidan finns inte
    Adressen är fel, eller så är betalningen för gammal.`,
  'th-TH': `
    ชำระด้วย {method}
    ตรวจสอบการชำระเงิน แล้วตัดสินใจ
    วิธีชำระเงิน
    หมายเลขอ้างอิง
    อนุมัติ
    ทำให้การยืนยันตัวตนล้มเหลว
    ปฏิเสธ
    ปล่อยให้รอดำเนินการ
    การชำระเงินนี้มีผลแล้ว
    ไม่มีสิ่งใดต้องทำที่นี่อีก คุณกลับไปที่ร้านค้าได้
    กลับไปที่ร้านค้า
    ไม่มีหน้านี้
    ที่อยู่ไม่ถูกต้อง หรือการชำระเงินเก่าเกินไป`,
  'vi-VN': `
    Thanh toán bằng {method}
    Kiểm tra khoản thanh toán rồi quyết định.
    Phương thức thanh toán
    Mã tham chiếu
    Chấp thuận
    Làm xác thực thất bại
    Từ chối
    Để chờ xử lý
    Khoản thanh toán này đã được quyết định
    Không còn gì để làm ở đây. Bạn có thể quay lại cửa hàng.
    Quay lại cửa hàng
    Trang này không tồn tại
    Địa chỉ sai hoặc khoản thanh toán đã quá cũ.`,
  'zh-CN': `
    使用 {method} 付款
    请核对付款，然后作出选择。
    付款方式
    参考号
    批准
    让验证失败
    拒绝
    保持待处理
    此付款已有结果
    此处无需再做任何操作。您可以返回商店。
    返回商店
    此页面不存在
    地址有误，或付款时间过久。`,
  'zh-HK': `
    使用 {method} 付款
    請核對付款，然後作出選擇。
    付款方式
    參考編號
    批准
    令驗證失敗
    拒絕
    保留待處理
    此付款已有結果
    此處無需再做任何操作。您可以返回商店。
    返回商店
    此頁面不存在
    地址有誤，或付款時間過久。`,
  'zh-TW': `
    使用 {method} 付款
    請核對付款，然後做出選擇。
    付款方式
    參考編號
    核准
    讓驗證失敗
    拒絕
    保留待處理
    此付款已有結果
    此處無需再做任何操作。您可以返回商店。
    返回商店
    此頁面不存在
    網址有誤，或付款時間過久。`,
}

/** @returns the texts, and the language they are in, for the page's `lang` */
export function textsFor(locale: string | undefined): { lang: Locale; texts: Texts } {
  const lang = closestLocale(locale)
  return { lang, texts: { ...challengeTextsFor(lang).texts, ...textsOfLines(LINES, BY_LOCALE[lang]) } }
}
