/** What the challenge page says, in the languages of the card form. Each text is a line, in the order of `LINES`. */
import { closestLocale, type Locale } from '@sluice/core/locales'
import { textsOfLines } from '../pages/lines.ts'

const LINES = [
  'title',
  'merchant',
  'amount',
  'card',
  'passwordLead',
  'password',
  'codeLead',
  'code',
  'appLead',
  'approved',
  'continue',
  'cancel',
  'wrong',
  'leaving',
  'note',
] as const
export type ChallengeTexts = Readonly<Record<(typeof LINES)[number], string>>

const BY_LOCALE: Readonly<Record<Locale, string>> = {
  ar: `
    تأكيد الدفع
    المتجر
    المبلغ
    البطاقة
    يريد مصرفك التأكد من أنك أنت من يدفع.
    كلمة المرور
    أرسل إليك مصرفك رمزًا.
    الرمز
    وافق على الدفع في تطبيق مصرفك، ثم تابع هنا.
    لقد وافقت في تطبيقي
    متابعة
    إلغاء
    هذا غير صحيح. يُرجى المحاولة مرة أخرى.
    ستعود الآن إلى المتجر.
    مصرف تجريبي. لا تُنقل أموال حقيقية.`,
  'da-DK': `
    Bekræft din betaling
    Butik
    Beløb
    Kort
    Din bank vil vide, om det er dig, der betaler.
    Adgangskode
    Din bank har sendt dig en kode.
    Kode
    Godkend betalingen i din banks app, og fortsæt så her.
    Jeg har godkendt i min app
    Fortsæt
    Annuller
    Det er ikke rigtigt. Prøv igen.
    Du vender tilbage til butikken.
    Simuleret bank. Ingen rigtige penge flyttes.`,
  'de-DE': `
    Zahlung bestätigen
    Händler
    Betrag
    Karte
    Ihre Bank möchte wissen, ob Sie es sind, der bezahlt.
    Passwort
    Ihre Bank hat Ihnen einen Code geschickt.
    Code
    Bestätigen Sie die Zahlung in der App Ihrer Bank und fahren Sie dann hier fort.
    Ich habe in meiner App bestätigt
    Weiter
    Abbrechen
    Das stimmt nicht. Bitte versuchen Sie es noch einmal.
    Sie kehren zum Händler zurück.
    Simulierte Bank. Es fließt kein echtes Geld.`,
  el: `
    Επιβεβαιώστε την πληρωμή σας
    Κατάστημα
    Ποσό
    Κάρτα
    Η τράπεζά σας ρωτά αν πληρώνετε εσείς.
    Κωδικός πρόσβασης
    Η τράπεζά σας σάς έστειλε έναν κωδικό.
    Κωδικός
    Εγκρίνετε την πληρωμή στην εφαρμογή της τράπεζάς σας και συνεχίστε εδώ.
    Ενέκρινα στην εφαρμογή μου
    Συνέχεια
    Ακύρωση
    Δεν είναι σωστό. Δοκιμάστε ξανά.
    Επιστρέφετε στο κατάστημα.
    Προσομοίωση τράπεζας. Δεν μετακινούνται πραγματικά χρήματα.`,
  'en-GB': `
    Confirm your payment
    Shop
    Amount
    Card
    Your bank asks whether it is you who is paying.
    Password
    Your bank has sent you a code.
    Code
    Approve the payment in your bank’s app, then go on here.
    I have approved in my app
    Continue
    Cancel
    That is not right. Please try again.
    You are going back to the shop.
    Simulated bank. No real money moves.`,
  'es-ES': `
    Confirme su pago
    Tienda
    Importe
    Tarjeta
    Su banco pregunta si es usted quien paga.
    Contraseña
    Su banco le ha enviado un código.
    Código
    Apruebe el pago en la aplicación de su banco y continúe aquí.
    Lo he aprobado en mi aplicación
    Continuar
    Cancelar
    No es correcto. Inténtelo de nuevo.
    Vuelve a la tienda.
    Banco simulado. No se mueve dinero real.`,
  'fi-FI': `
    Vahvista maksusi
    Kauppa
    Summa
    Kortti
    Pankkisi haluaa tietää, oletko sinä maksaja.
    Salasana
    Pankkisi on lähettänyt sinulle koodin.
    Koodi
    Hyväksy maksu pankkisi sovelluksessa ja jatka sitten tässä.
    Olen hyväksynyt sovelluksessani
    Jatka
    Peruuta
    Se ei ole oikein. Yritä uudelleen.
    Palaat kauppaan.
    Simuloitu pankki. Oikeaa rahaa ei siirry.`,
  'fil-PH': `
    Kumpirmahin ang iyong bayad
    Tindahan
    Halaga
    Card
    Itinatanong ng iyong bangko kung ikaw ang nagbabayad.
    Password
    Nagpadala sa iyo ng code ang iyong bangko.
    Code
    Aprubahan ang bayad sa app ng iyong bangko, pagkatapos ay magpatuloy dito.
    Inaprubahan ko na sa aking app
    Magpatuloy
    Kanselahin
    Hindi iyon tama. Pakisubukang muli.
    Babalik ka na sa tindahan.
    Kunwaring bangko. Walang totoong perang gumagalaw.`,
  'fr-FR': `
    Confirmez votre paiement
    Boutique
    Montant
    Carte
    Votre banque demande si c’est bien vous qui payez.
    Mot de passe
    Votre banque vous a envoyé un code.
    Code
    Approuvez le paiement dans l’application de votre banque, puis continuez ici.
    J’ai approuvé dans mon application
    Continuer
    Annuler
    Ce n’est pas correct. Veuillez réessayer.
    Vous retournez à la boutique.
    Banque simulée. Aucun argent réel ne circule.`,
  'hi-IN': `
    अपने भुगतान की पुष्टि करें
    दुकान
    राशि
    कार्ड
    आपका बैंक पूछता है कि क्या भुगतान आप ही कर रहे हैं।
    पासवर्ड
    आपके बैंक ने आपको एक कोड भेजा है।
    कोड
    अपने बैंक के ऐप में भुगतान स्वीकार करें, फिर यहाँ आगे बढ़ें।
    मैंने अपने ऐप में स्वीकार कर लिया है
    जारी रखें
    रद्द करें
    यह सही नहीं है। कृपया फिर से कोशिश करें।
    आप दुकान पर वापस जा रहे हैं।
    नकली बैंक। असली पैसा नहीं जाता।`,
  'id-ID': `
    Konfirmasi pembayaran Anda
    Toko
    Jumlah
    Kartu
    Bank Anda menanyakan apakah Anda yang membayar.
    Kata sandi
    Bank Anda telah mengirimkan kode.
    Kode
    Setujui pembayaran di aplikasi bank Anda, lalu lanjutkan di sini.
    Saya telah menyetujui di aplikasi saya
    Lanjutkan
    Batal
    Itu tidak benar. Silakan coba lagi.
    Anda kembali ke toko.
    Bank simulasi. Tidak ada uang sungguhan yang berpindah.`,
  'it-IT': `
    Conferma il pagamento
    Negozio
    Importo
    Carta
    La tua banca chiede se sei tu a pagare.
    Password
    La tua banca ti ha inviato un codice.
    Codice
    Approva il pagamento nell’app della tua banca, poi continua qui.
    Ho approvato nella mia app
    Continua
    Annulla
    Non è corretto. Riprova.
    Stai tornando al negozio.
    Banca simulata. Nessun denaro reale si muove.`,
  'ja-JP': `
    お支払いの確認
    ショップ
    金額
    カード
    お支払いがご本人によるものか、銀行が確認しています。
    パスワード
    銀行からコードをお送りしました。
    コード
    銀行のアプリでお支払いを承認してから、ここで続けてください。
    アプリで承認しました
    続ける
    キャンセル
    正しくありません。もう一度お試しください。
    ショップに戻ります。
    模擬の銀行です。実際のお金は動きません。`,
  'ko-KR': `
    결제 확인
    상점
    금액
    카드
    은행에서 본인의 결제인지 확인합니다.
    비밀번호
    은행에서 코드를 보냈습니다.
    코드
    은행 앱에서 결제를 승인한 다음 여기서 계속하세요.
    앱에서 승인했습니다
    계속
    취소
    올바르지 않습니다. 다시 시도하세요.
    상점으로 돌아갑니다.
    모의 은행입니다. 실제 돈은 움직이지 않습니다.`,
  'ms-MY': `
    Sahkan bayaran anda
    Kedai
    Jumlah
    Kad
    Bank anda bertanya sama ada anda yang membayar.
    Kata laluan
    Bank anda telah menghantar kod kepada anda.
    Kod
    Luluskan bayaran dalam aplikasi bank anda, kemudian teruskan di sini.
    Saya telah meluluskan dalam aplikasi saya
    Teruskan
    Batal
    Itu tidak betul. Sila cuba lagi.
    Anda kembali ke kedai.
    Bank simulasi. Tiada wang sebenar yang bergerak.`,
  'nb-NO': `
    Bekreft betalingen din
    Butikk
    Beløp
    Kort
    Banken din spør om det er du som betaler.
    Passord
    Banken din har sendt deg en kode.
    Kode
    Godkjenn betalingen i bankens app, og fortsett så her.
    Jeg har godkjent i appen min
    Fortsett
    Avbryt
    Det er ikke riktig. Prøv igjen.
    Du går tilbake til butikken.
    Simulert bank. Ingen ekte penger flyttes.`,
  'nl-NL': `
    Bevestig uw betaling
    Winkel
    Bedrag
    Kaart
    Uw bank vraagt of u het bent die betaalt.
    Wachtwoord
    Uw bank heeft u een code gestuurd.
    Code
    Keur de betaling goed in de app van uw bank en ga dan hier verder.
    Ik heb goedgekeurd in mijn app
    Doorgaan
    Annuleren
    Dat klopt niet. Probeer het opnieuw.
    U gaat terug naar de winkel.
    Gesimuleerde bank. Er wordt geen echt geld verplaatst.`,
  'pt-PT': `
    Confirme o seu pagamento
    Loja
    Montante
    Cartão
    O seu banco pergunta se é o próprio a pagar.
    Palavra-passe
    O seu banco enviou-lhe um código.
    Código
    Aprove o pagamento na aplicação do seu banco e continue aqui.
    Já aprovei na minha aplicação
    Continuar
    Cancelar
    Não está certo. Tente novamente.
    Está a voltar à loja.
    Banco simulado. Nenhum dinheiro real é movimentado.`,
  'sv-SE': `
    Bekräfta din betalning
    Butik
    Belopp
    Kort
    Din bank frågar om det är du som betalar.
    Lösenord
    Din bank har skickat en kod till dig.
    Kod
    Godkänn betalningen i din banks app och fortsätt sedan här.
    Jag har godkänt i min app
    Fortsätt
    Avbryt
    Det stämmer inte. Försök igen.
    Du går tillbaka till butiken.
    Simulerad bank. Inga riktiga pengar flyttas.`,
  'th-TH': `
    ยืนยันการชำระเงินของคุณ
    ร้านค้า
    จำนวนเงิน
    บัตร
    ธนาคารของคุณต้องการทราบว่าคุณเป็นผู้ชำระเงินหรือไม่
    รหัสผ่าน
    ธนาคารของคุณได้ส่งรหัสให้คุณแล้ว
    รหัส
    อนุมัติการชำระเงินในแอปของธนาคาร แล้วดำเนินการต่อที่นี่
    ฉันอนุมัติในแอปแล้ว
    ดำเนินการต่อ
    ยกเลิก
    ไม่ถูกต้อง โปรดลองอีกครั้ง
    คุณกำลังกลับไปที่ร้านค้า
    ธนาคารจำลอง ไม่มีการโอนเงินจริง`,
  'vi-VN': `
    Xác nhận thanh toán của bạn
    Cửa hàng
    Số tiền
    Thẻ
    Ngân hàng của bạn hỏi có phải bạn đang thanh toán không.
    Mật khẩu
    Ngân hàng của bạn đã gửi cho bạn một mã.
    Mã
    Hãy chấp thuận thanh toán trong ứng dụng ngân hàng rồi tiếp tục tại đây.
    Tôi đã chấp thuận trong ứng dụng
    Tiếp tục
    Hủy
    Không đúng. Vui lòng thử lại.
    Bạn đang quay lại cửa hàng.
    Ngân hàng mô phỏng. Không có tiền thật được chuyển.`,
  'zh-CN': `
    确认您的付款
    商店
    金额
    卡
    您的银行需要确认是您本人在付款。
    密码
    您的银行已向您发送验证码。
    验证码
    请在银行的应用中批准付款，然后在此继续。
    我已在应用中批准
    继续
    取消
    不正确，请重试。
    您正在返回商店。
    模拟银行，不会有真实资金流动。`,
  'zh-HK': `
    確認您的付款
    商店
    金額
    信用卡
    您的銀行需要確認是您本人付款。
    密碼
    您的銀行已向您發送驗證碼。
    驗證碼
    請在銀行的應用程式中批准付款，然後在此繼續。
    我已在應用程式中批准
    繼續
    取消
    不正確，請再試一次。
    您正在返回商店。
    模擬銀行，不涉及真實款項。`,
  'zh-TW': `
    確認您的付款
    商店
    金額
    卡片
    您的銀行需要確認是您本人在付款。
    密碼
    您的銀行已傳送驗證碼給您。
    驗證碼
    請在銀行的應用程式中核准付款，然後在此繼續。
    我已在應用程式中核准
    繼續
    取消
    不正確，請再試一次。
    您正在返回商店。
    模擬銀行，不會有真實資金流動。`,
}

/** @returns the texts, and the language they are in, for the page's `lang` */
export function challengeTextsFor(locale: string | undefined): { lang: Locale; texts: ChallengeTexts } {
  const lang = closestLocale(locale)
  return { lang, texts: textsOfLines(LINES, BY_LOCALE[lang]) }
}
